// SPDX-License-Identifier: MIT
//
// A network as mkmodel sees it: layers in order, each with one output, in float. Building one costs
// no weights; net_weights.h makes those, net_emit.h writes files.
//
// The builder functions append a layer and return its index, which later layers name as their
// input. The first failure sticks to the network (lm_net.status) and they return -1 from then on,
// so that a network file reads as a plain list of layers and checks nothing.
#ifndef LM_MKMODEL_NET_BUILDER_H_
#define LM_MKMODEL_NET_BUILDER_H_

#include "litmark/options.h"
#include "litmark/status.h"
#include "litmark/tensor.h"

typedef enum lm_net_kind {
  LM_NET_INPUT,
  LM_NET_CONV,
  LM_NET_DEPTHWISE,
  LM_NET_FULLY_CONNECTED,
  LM_NET_ADD,  ///< of two layers, or of a layer and a constant
  LM_NET_MUL,  ///< of two layers (the second may be [1,1,1,C]), or of a layer and a constant
  LM_NET_CONCAT,
  LM_NET_MAX_POOL,
  LM_NET_AVERAGE_POOL,
  LM_NET_MEAN,
  LM_NET_PAD,
  LM_NET_RESHAPE,
  LM_NET_SOFTMAX,
  LM_NET_HARD_SWISH,
} lm_net_kind;

/// How the weights of a layer are scaled, see net_weights.h.
typedef enum lm_net_scaling {
  LM_NET_SCALE_CHANNELS,  ///< every output channel normalised: what a folded batch norm amounts to
  LM_NET_SCALE_LAYER,     ///< the layer as a whole normalised: layers without batch norm
  LM_NET_SCALE_LOGITS,    ///< as LAYER, spread so that the softmax is neither flat nor a spike
} lm_net_scaling;

#define LM_NET_MAX_INPUTS 4

typedef struct lm_net_layer {
  lm_net_kind kind;
  char name[64];
  int32_t inputs[LM_NET_MAX_INPUTS];  ///< layer indices
  int32_t input_count;
  lm_shape shape;  ///< of the output, for one image
  int32_t kernel_h, kernel_w, stride;
  lm_padding padding;
  int32_t pad_before, pad_after;  ///< PAD: pixels added to height and width alike
  lm_activation activation;
  bool keep_dims;  ///< MEAN
  bool has_constant;
  float constant;  ///< ADD, MUL
  lm_net_scaling scaling;
  float gain;              ///< standard deviation that scaling aims at before the activation
  float offset;            ///< mean that SCALE_CHANNELS aims at, in standard deviations
  int32_t channels;        ///< outputs of a layer with weights; 0: no weights
  size_t weight_count;     ///< in all; [out][kh][kw][in], depthwise [kh][kw][out]
  float* weights;          ///< [weight_count]; NULL until made
  float* bias;             ///< [channels]; NULL until made
  uint64_t macs;           ///< multiply-accumulates for one image
  float minimum, maximum;  ///< of the output over the calibration images; set by net_weights.h
} lm_net_layer;

typedef struct lm_net_config {
  int32_t size;     ///< height and width of the image
  double width;     ///< multiplies channel counts
  int32_t classes;  ///< outputs
  uint64_t seed;
} lm_net_config;

typedef struct lm_net lm_net;

/// A network that mkmodel knows: one file in nets/, one line in net_list.inc.
typedef struct lm_net_def {
  const char* name;
  const char* paper;
  int32_t default_size;
  int32_t min_size;  ///< smallest image on which every layer has an output
  void (*build)(lm_net* net);
} lm_net_def;

struct lm_net {
  const lm_net_def* def;
  lm_net_config config;
  lm_net_layer* layers;  ///< layer 0 is the input, the last one the output
  int32_t count;
  int32_t capacity;
  char scope[24];  ///< prefix of the names of new layers
  lm_status status;
  lm_error error;
};

/// Network number `index`; NULL past the last.
const lm_net_def* lm_net_at(int32_t index);

/// The network of that name, or NULL.
const lm_net_def* lm_net_find(const char* name);

/// Width 1, 1000 classes, seed 0, the network's own size.
lm_net_config lm_net_default_config(const lm_net_def* def);

/// Builds the layers of a network, without weights, into the caller's storage.
/// @retval LM_INVALID_ARGUMENT  the image is too small or too large, or a number is out of range.
lm_status lm_net_init(lm_net* net, const lm_net_def* def, const lm_net_config* config,
                      lm_error* err);

/// Frees layers and weights. A zeroed `net` is fine.
void lm_net_deinit(lm_net* net);

/// Weights and biases in all.
uint64_t lm_net_parameters(const lm_net* net);
/// Multiply-accumulates for one image in all.
uint64_t lm_net_macs(const lm_net* net);

// ---- for the files in nets/

/// `channels` times the width multiplier, to the nearest multiple of 8 that is at least 8 and at
/// least 90 % of it (the rule of the MobileNet papers' code).
int32_t lm_net_channels(const lm_net* net, double channels);
/// The same rule without the width multiplier.
int32_t lm_net_round_channels(double channels);

/// Names of the layers that follow begin with this.
void lm_net_scope(lm_net* net, const char* format, ...) LM_PRINTF(2, 3);

/// What is left out is SAME padding, stride 1, a square kernel, no activation, SCALE_CHANNELS with
/// gain 1 (2 before RELU6) and offset 0 (1 before RELU and RELU6).
typedef struct lm_net_conv_spec {
  int32_t channels;  ///< outputs; not read for depthwise layers
  int32_t kernel;    ///< height
  int32_t kernel_w;  ///< width; 0: as the height
  int32_t stride;
  lm_padding padding;
  lm_activation activation;
  lm_net_scaling scaling;
  float gain;
  float offset;
} lm_net_conv_spec;

int32_t lm_net_conv(lm_net* net, int32_t input, lm_net_conv_spec spec);
int32_t lm_net_depthwise(lm_net* net, int32_t input, lm_net_conv_spec spec);
int32_t lm_net_fully_connected(lm_net* net, int32_t input, int32_t outputs, lm_net_scaling scaling);
int32_t lm_net_add(lm_net* net, int32_t a, int32_t b, lm_activation activation);
int32_t lm_net_add_constant(lm_net* net, int32_t input, float constant, lm_activation activation);
int32_t lm_net_mul(lm_net* net, int32_t a, int32_t b);
int32_t lm_net_mul_constant(lm_net* net, int32_t input, float constant);
int32_t lm_net_concat(lm_net* net, const int32_t* inputs, int32_t count);
int32_t lm_net_max_pool(lm_net* net, int32_t input, int32_t kernel, int32_t stride,
                        lm_padding padding);
int32_t lm_net_average_pool(lm_net* net, int32_t input, int32_t kernel, int32_t stride,
                            lm_padding padding);
/// One average pool over the whole image: [1,1,1,C].
int32_t lm_net_global_average_pool(lm_net* net, int32_t input);
/// Mean over height and width: [1,1,1,C], or [1,C] without `keep_dims`.
int32_t lm_net_mean(lm_net* net, int32_t input, bool keep_dims);
int32_t lm_net_pad(lm_net* net, int32_t input, int32_t before, int32_t after);
/// [1,1,1,C] to [1,C].
int32_t lm_net_flatten(lm_net* net, int32_t input);
int32_t lm_net_softmax(lm_net* net, int32_t input);
int32_t lm_net_hard_swish(lm_net* net, int32_t input);

/// Ends a network: 1x1 convolution to the classes, flattened, softmax. `input` is [1,1,1,C].
void lm_net_conv_classifier(lm_net* net, int32_t input);
/// Ends a network: fully connected layer to the classes, softmax. `input` is [1,C].
void lm_net_dense_classifier(lm_net* net, int32_t input);

#endif  // LM_MKMODEL_NET_BUILDER_H_
