// SPDX-License-Identifier: MIT
#include "net_builder.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litmark/kernel_math.h"

// Beyond these nothing sensible is asked for, and sizes stay far from overflow.
enum { kMaxSize = 2048, kMaxClasses = 100000, kImageChannels = 3 };
static const double kMinWidth = 0.05;
static const double kMaxWidth = 4.0;

#define LM_NET(id) extern const lm_net_def lm_net_##id;
#include "net_list.inc"
#undef LM_NET

#define LM_NET(id) &lm_net_##id,
static const lm_net_def* const kNets[] = {
#include "net_list.inc"
};
#undef LM_NET

static const char* const kKindNames[] = {
    [LM_NET_INPUT] = "input",
    [LM_NET_CONV] = "conv",
    [LM_NET_DEPTHWISE] = "depthwise",
    [LM_NET_FULLY_CONNECTED] = "dense",
    [LM_NET_ADD] = "add",
    [LM_NET_MUL] = "mul",
    [LM_NET_CONCAT] = "concat",
    [LM_NET_MAX_POOL] = "max_pool",
    [LM_NET_AVERAGE_POOL] = "average_pool",
    [LM_NET_MEAN] = "mean",
    [LM_NET_PAD] = "pad",
    [LM_NET_RESHAPE] = "flatten",
    [LM_NET_SOFTMAX] = "softmax",
    [LM_NET_HARD_SWISH] = "hard_swish",
};

const lm_net_def* lm_net_at(int32_t index) {
  const int32_t count = (int32_t)(sizeof kNets / sizeof kNets[0]);
  return index >= 0 && index < count ? kNets[index] : NULL;
}

const lm_net_def* lm_net_find(const char* name) {
  for (int32_t i = 0; lm_net_at(i) != NULL; ++i) {
    if (strcmp(lm_net_at(i)->name, name) == 0) return lm_net_at(i);
  }
  return NULL;
}

lm_net_config lm_net_default_config(const lm_net_def* def) {
  return (lm_net_config){.size = def->default_size, .width = 1.0, .classes = 1000, .seed = 0};
}

static lm_status check_config(const lm_net_def* def, const lm_net_config* config, lm_error* err) {
  if (config->size < def->min_size || config->size > kMaxSize) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "%s: image size %d, must be from %d to %d", def->name,
                   config->size, def->min_size, kMaxSize);
  }
  // Written so that a NaN fails.
  if (!(config->width >= kMinWidth && config->width <= kMaxWidth)) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "%s: width %g, must be from %g to %g", def->name,
                   config->width, kMinWidth, kMaxWidth);
  }
  if (config->classes < 2 || config->classes > kMaxClasses) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "%s: %d classes, must be from 2 to %d", def->name,
                   config->classes, kMaxClasses);
  }
  return LM_OK;
}

// Appends a layer whose inputs are in range; NULL after a failure.
static lm_net_layer* append(lm_net* net, lm_net_kind kind, const int32_t* inputs, int32_t count,
                            int32_t* out_index) {
  *out_index = -1;
  if (net->status != LM_OK) return NULL;
  if (net->count == net->capacity) {
    const int32_t capacity = net->capacity == 0 ? 64 : 2 * net->capacity;
    lm_net_layer* layers = realloc(net->layers, (size_t)capacity * sizeof *layers);
    if (layers == NULL) {
      net->status =
          LM_FAIL(&net->error, LM_OUT_OF_MEMORY, "%s: %d layers", net->def->name, capacity);
      return NULL;
    }
    net->layers = layers;
    net->capacity = capacity;
  }
  lm_net_layer* layer = &net->layers[net->count];
  *layer = (lm_net_layer){.kind = kind, .input_count = count, .stride = 1};
  for (int32_t i = 0; i < count; ++i) layer->inputs[i] = inputs[i];
  snprintf(layer->name, sizeof layer->name, "%s%s_%d", net->scope, kKindNames[kind], net->count);
  *out_index = net->count++;
  return layer;
}

static lm_status add_input(lm_net* net) {
  int32_t index;
  lm_net_layer* layer = append(net, LM_NET_INPUT, NULL, 0, &index);
  if (layer == NULL) return net->status;
  snprintf(layer->name, sizeof layer->name, "input");
  layer->shape =
      lm_shape_make(4, (const int32_t[]){1, net->config.size, net->config.size, kImageChannels});
  return LM_OK;
}

lm_status lm_net_init(lm_net* net, const lm_net_def* def, const lm_net_config* config,
                      lm_error* err) {
  *net = (lm_net){.def = def, .config = *config, .error = LM_ERROR_INIT};
  lm_status status = check_config(def, config, err);
  if (status != LM_OK) return status;
  status = add_input(net);
  if (status == LM_OK) {
    def->build(net);
    status = net->status;
  }
  if (status != LM_OK) {
    (void)LM_FAIL(err, status, "%s", net->error.message);
    lm_net_deinit(net);
  }
  return status;
}

void lm_net_deinit(lm_net* net) {
  for (int32_t i = 0; i < net->count; ++i) {
    free(net->layers[i].weights);
    free(net->layers[i].bias);
  }
  free(net->layers);
  net->layers = NULL;
  net->count = net->capacity = 0;
}

uint64_t lm_net_parameters(const lm_net* net) {
  uint64_t sum = 0;
  for (int32_t i = 0; i < net->count; ++i) {
    sum += net->layers[i].weight_count + (uint64_t)net->layers[i].channels;
  }
  return sum;
}

uint64_t lm_net_macs(const lm_net* net) {
  uint64_t sum = 0;
  for (int32_t i = 0; i < net->count; ++i) sum += net->layers[i].macs;
  return sum;
}

int32_t lm_net_round_channels(double channels) {
  enum { kMultiple = 8 };
  int32_t rounded = (int32_t)(channels + kMultiple / 2.0) / kMultiple * kMultiple;
  if (rounded < kMultiple) rounded = kMultiple;
  return rounded < 0.9 * channels ? rounded + kMultiple : rounded;
}

int32_t lm_net_channels(const lm_net* net, double channels) {
  return lm_net_round_channels(channels * net->config.width);
}

void lm_net_scope(lm_net* net, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(net->scope, sizeof net->scope, format, arguments);
  va_end(arguments);
}

static lm_shape image_shape(int32_t height, int32_t width, int32_t channels) {
  return lm_shape_make(4, (const int32_t[]){1, height, width, channels});
}

// Sets window fields and output shape of a convolution or a pool.
static bool set_window(lm_net* net, lm_net_layer* layer, int32_t kernel_h, int32_t kernel_w,
                       int32_t stride, lm_padding padding, int32_t channels) {
  const lm_shape* in = &net->layers[layer->inputs[0]].shape;
  lm_window vertical, horizontal;
  net->status = lm_window_make(padding, in->dims[1], kernel_h, stride, 1, &vertical, &net->error);
  if (net->status == LM_OK) {
    net->status =
        lm_window_make(padding, in->dims[2], kernel_w, stride, 1, &horizontal, &net->error);
  }
  if (net->status != LM_OK) return false;
  layer->kernel_h = kernel_h;
  layer->kernel_w = kernel_w;
  layer->stride = stride;
  layer->padding = padding;
  layer->shape = image_shape(vertical.output, horizontal.output, channels);
  return true;
}

static int32_t add_convolution(lm_net* net, lm_net_kind kind, int32_t input,
                               lm_net_conv_spec spec) {
  int32_t index;
  lm_net_layer* layer = append(net, kind, &input, 1, &index);
  if (layer == NULL) return -1;
  const int32_t in_channels = net->layers[input].shape.dims[3];
  const int32_t kernel_w = spec.kernel_w != 0 ? spec.kernel_w : spec.kernel;
  const int32_t stride = spec.stride != 0 ? spec.stride : 1;
  layer->channels = kind == LM_NET_DEPTHWISE ? in_channels : spec.channels;
  if (!set_window(net, layer, spec.kernel, kernel_w, stride, spec.padding, layer->channels)) {
    return -1;
  }
  layer->activation = spec.activation;
  layer->scaling = spec.scaling;
  // RELU6 should clip now and then: 6 is three standard deviations of 2.
  const float default_gain = spec.activation == LM_ACTIVATION_RELU6 ? 2.0f : 1.0f;
  layer->gain = spec.gain != 0.0f ? spec.gain : default_gain;
  // See fit_channels() for what an offset is good for.
  const float default_offset = spec.activation == LM_ACTIVATION_NONE ? 0.0f : 1.0f;
  layer->offset = spec.offset != 0.0f ? spec.offset : default_offset;
  const size_t fan_in =
      (size_t)spec.kernel * (size_t)kernel_w * (kind == LM_NET_DEPTHWISE ? 1 : (size_t)in_channels);
  layer->weight_count = fan_in * (size_t)layer->channels;
  layer->macs = (uint64_t)lm_shape_count(&layer->shape) * fan_in;
  return index;
}

int32_t lm_net_conv(lm_net* net, int32_t input, lm_net_conv_spec spec) {
  return add_convolution(net, LM_NET_CONV, input, spec);
}

int32_t lm_net_depthwise(lm_net* net, int32_t input, lm_net_conv_spec spec) {
  return add_convolution(net, LM_NET_DEPTHWISE, input, spec);
}

int32_t lm_net_fully_connected(lm_net* net, int32_t input, int32_t outputs,
                               lm_net_scaling scaling) {
  int32_t index;
  lm_net_layer* layer = append(net, LM_NET_FULLY_CONNECTED, &input, 1, &index);
  if (layer == NULL) return -1;
  const size_t fan_in = (size_t)net->layers[input].shape.dims[1];
  layer->channels = outputs;
  layer->shape = lm_shape_make(2, (const int32_t[]){1, outputs});
  layer->scaling = scaling;
  layer->gain = 1.0f;
  layer->weight_count = fan_in * (size_t)outputs;
  layer->macs = layer->weight_count;
  return index;
}

static int32_t add_arithmetic(lm_net* net, lm_net_kind kind, const int32_t* inputs, int32_t count,
                              float constant, lm_activation activation) {
  int32_t index;
  lm_net_layer* layer = append(net, kind, inputs, count, &index);
  if (layer == NULL) return -1;
  layer->shape = net->layers[inputs[0]].shape;
  layer->has_constant = count == 1;
  layer->constant = constant;
  layer->activation = activation;
  return index;
}

int32_t lm_net_add(lm_net* net, int32_t a, int32_t b, lm_activation activation) {
  return add_arithmetic(net, LM_NET_ADD, (const int32_t[]){a, b}, 2, 0.0f, activation);
}

int32_t lm_net_add_constant(lm_net* net, int32_t input, float constant, lm_activation activation) {
  return add_arithmetic(net, LM_NET_ADD, &input, 1, constant, activation);
}

int32_t lm_net_mul(lm_net* net, int32_t a, int32_t b) {
  return add_arithmetic(net, LM_NET_MUL, (const int32_t[]){a, b}, 2, 0.0f, LM_ACTIVATION_NONE);
}

int32_t lm_net_mul_constant(lm_net* net, int32_t input, float constant) {
  return add_arithmetic(net, LM_NET_MUL, &input, 1, constant, LM_ACTIVATION_NONE);
}

int32_t lm_net_concat(lm_net* net, const int32_t* inputs, int32_t count) {
  int32_t index;
  lm_net_layer* layer = append(net, LM_NET_CONCAT, inputs, count, &index);
  if (layer == NULL) return -1;
  layer->shape = net->layers[inputs[0]].shape;
  for (int32_t i = 1; i < count; ++i) {
    layer->shape.dims[3] += net->layers[inputs[i]].shape.dims[3];
  }
  return index;
}

static int32_t add_pool(lm_net* net, lm_net_kind kind, int32_t input, int32_t kernel_h,
                        int32_t kernel_w, int32_t stride, lm_padding padding) {
  int32_t index;
  lm_net_layer* layer = append(net, kind, &input, 1, &index);
  if (layer == NULL) return -1;
  const int32_t channels = net->layers[input].shape.dims[3];
  return set_window(net, layer, kernel_h, kernel_w, stride, padding, channels) ? index : -1;
}

int32_t lm_net_max_pool(lm_net* net, int32_t input, int32_t kernel, int32_t stride,
                        lm_padding padding) {
  return add_pool(net, LM_NET_MAX_POOL, input, kernel, kernel, stride, padding);
}

int32_t lm_net_average_pool(lm_net* net, int32_t input, int32_t kernel, int32_t stride,
                            lm_padding padding) {
  return add_pool(net, LM_NET_AVERAGE_POOL, input, kernel, kernel, stride, padding);
}

int32_t lm_net_global_average_pool(lm_net* net, int32_t input) {
  if (net->status != LM_OK) return -1;
  const lm_shape in = net->layers[input].shape;
  return add_pool(net, LM_NET_AVERAGE_POOL, input, in.dims[1], in.dims[2], 1, LM_PADDING_VALID);
}

int32_t lm_net_mean(lm_net* net, int32_t input, bool keep_dims) {
  int32_t index;
  lm_net_layer* layer = append(net, LM_NET_MEAN, &input, 1, &index);
  if (layer == NULL) return -1;
  const int32_t channels = net->layers[input].shape.dims[3];
  layer->keep_dims = keep_dims;
  layer->shape =
      keep_dims ? image_shape(1, 1, channels) : lm_shape_make(2, (const int32_t[]){1, channels});
  return index;
}

int32_t lm_net_pad(lm_net* net, int32_t input, int32_t before, int32_t after) {
  int32_t index;
  lm_net_layer* layer = append(net, LM_NET_PAD, &input, 1, &index);
  if (layer == NULL) return -1;
  layer->shape = net->layers[input].shape;
  layer->shape.dims[1] += before + after;
  layer->shape.dims[2] += before + after;
  layer->pad_before = before;
  layer->pad_after = after;
  return index;
}

int32_t lm_net_flatten(lm_net* net, int32_t input) {
  int32_t index;
  lm_net_layer* layer = append(net, LM_NET_RESHAPE, &input, 1, &index);
  if (layer == NULL) return -1;
  const int32_t count = (int32_t)lm_shape_count(&net->layers[input].shape);
  layer->shape = lm_shape_make(2, (const int32_t[]){1, count});
  return index;
}

static int32_t add_unary(lm_net* net, lm_net_kind kind, int32_t input) {
  int32_t index;
  lm_net_layer* layer = append(net, kind, &input, 1, &index);
  if (layer != NULL) layer->shape = net->layers[input].shape;
  return index;
}

int32_t lm_net_softmax(lm_net* net, int32_t input) { return add_unary(net, LM_NET_SOFTMAX, input); }

int32_t lm_net_hard_swish(lm_net* net, int32_t input) {
  return add_unary(net, LM_NET_HARD_SWISH, input);
}

void lm_net_conv_classifier(lm_net* net, int32_t input) {
  const int32_t logits = lm_net_conv(
      net, input,
      (lm_net_conv_spec){
          .channels = net->config.classes, .kernel = 1, .scaling = LM_NET_SCALE_LOGITS});
  lm_net_softmax(net, lm_net_flatten(net, logits));
}

void lm_net_dense_classifier(lm_net* net, int32_t input) {
  lm_net_softmax(net, lm_net_fully_connected(net, input, net->config.classes, LM_NET_SCALE_LOGITS));
}
