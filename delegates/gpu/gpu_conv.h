// SPDX-License-Identifier: MIT
//
// What CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV and FULLY_CONNECTED share in floats: one
// description of the work, several routes (sequences of kernels) that can do it, and the choice
// between them.
//
//   gpu_conv_2d.c ...       node -> lm__gpu_conv                    (gpu_conv_node.c helps)
//   gpu_conv_choice.c       lm__gpu_conv -> the plan of one route   (gpu_tune.c measures)
//   gpu_conv_routes.c,
//   gpu_conv_rows.c, ...    the routes
//   gpu_conv.c              plan -> dispatches
#ifndef LITMARK_GPU_CONV_H_
#define LITMARK_GPU_CONV_H_

#include "geometry.h"
#include "gpu_build.h"
#include "litmark/kernel_math.h"

/// What the kernels do behind the clamp of the convolution: TAIL of kernels/conv.part.
typedef enum lm__gpu_tail_kind {
  LM_GPU_TAIL_NONE,
  LM_GPU_TAIL_ADD,  ///< of a tensor of the output's shape, and a second clamp
  LM_GPU_TAIL_HARD_SWISH,
  LM_GPU_TAIL_LOGISTIC,
} lm__gpu_tail_kind;

typedef enum lm__gpu_conv_kind {
  LM_GPU_CONV_FULL,        ///< filters [out_c][taps][filter_c]; FULLY_CONNECTED is a 1x1 of rows
  LM_GPU_CONV_DEPTHWISE,   ///< filters [taps][out_c]
  LM_GPU_CONV_TRANSPOSED,  ///< filters [out_c][taps][in_c]; the window slides over the output
} lm__gpu_conv_kind;

/// Which operand of a convolution in F16 is F32 all the same (gpu_precision.h); the filters of
/// DEPTHWISE always are.
typedef enum lm__gpu_wide {
  LM_GPU_WIDE_NONE,
  LM_GPU_WIDE_FILTER,  ///< not for DEPTHWISE
  LM_GPU_WIDE_IMAGE,   ///< for DEPTHWISE alone
} lm__gpu_wide;

/// The work, without the values it is done on. Every field is part of the tuner's key, and all have
/// four bytes.
typedef struct lm__gpu_conv {
  lm__gpu_conv_kind kind;
  lm__gpu_type type;  ///< F32 or F16: of image, filters (see `wide`), residual and output
  lm__gpu_wide wide;
  lm__gpu_tail_kind tail;
  int32_t batches, in_h, in_w, in_c, out_h, out_w, out_c;
  int32_t filter_c;  ///< input channels of one filter; DEPTHWISE: 1
  int32_t taps_h, taps_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  int32_t out_stride, out_offset;  ///< elements between pixels of the output, and before the first
  float low, high;                 ///< clamp of the sums
  float tail_low, tail_high;       ///< clamp behind an ADD
} lm__gpu_conv;

/// Output pixels of all images.
static inline int32_t lm__gpu_conv_rows(const lm__gpu_conv* conv) {
  return conv->batches * conv->out_h * conv->out_w;
}

static inline lm__gpu_type lm__gpu_conv_image_type(const lm__gpu_conv* conv) {
  return conv->wide == LM_GPU_WIDE_IMAGE ? LM_GPU_F32 : conv->type;
}

static inline lm__gpu_type lm__gpu_conv_filter_type(const lm__gpu_conv* conv) {
  const bool wide = conv->kind == LM_GPU_CONV_DEPTHWISE || conv->wide == LM_GPU_WIDE_FILTER;
  return wide ? LM_GPU_F32 : conv->type;
}

/// Type for which kernels that read image and filters are compiled.
static inline lm__gpu_type lm__gpu_conv_kernel_type(const lm__gpu_conv* conv) {
  return conv->wide == LM_GPU_WIDE_FILTER  ? LM_GPU_W32
         : conv->wide == LM_GPU_WIDE_IMAGE ? LM_GPU_X32
                                           : conv->type;
}

/// Parameters of every kernel that includes conv.part, in its order.
typedef struct lm__gpu_conv_params {
  int32_t rows, in_h, in_w, in_c, out_h, out_w, out_c;
  int32_t taps_h, taps_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  int32_t filter_c;
  int32_t group_out;  ///< output channels of a group; DEPTHWISE: of an input channel
  int32_t run;        ///< elements of a tap that follow one another in the image
  int32_t split;      ///< the kernel's own
  int32_t out_stride, out_offset;
  float low, high, tail_low, tail_high;
} lm__gpu_conv_params;

// ---- plans

/// What an argument of a step is.
typedef enum lm__gpu_conv_slot {
  LM_GPU_SLOT_INPUT,
  LM_GPU_SLOT_FILTER,
  LM_GPU_SLOT_BIAS,
  LM_GPU_SLOT_RESIDUAL,  ///< the other operand of an ADD; the bias where there is none
  LM_GPU_SLOT_OUTPUT,
  LM_GPU_SLOT_SCRATCH_0,
  LM_GPU_SLOT_SCRATCH_1,
  LM_GPU_SLOT_COUNT,
} lm__gpu_conv_slot;

#define LM_GPU_CONV_MAX_STEPS 3

typedef struct lm__gpu_conv_step {
  lm__gpu_kernel_key key;
  int32_t slot_count;
  uint8_t slots[LM_GPU_MAX_ARGS];
  uint32_t writes;  ///< bit i: slots[i] is written
  uint8_t params[LM_GPU_MAX_PARAMS];
  size_t params_bytes;
  uint32_t groups[3];
  const char* label;  ///< static string
} lm__gpu_conv_step;

/// How one route does the work.
typedef struct lm__gpu_conv_plan {
  const char* name;  ///< of route and variant, for the tuner's file: "rows/1"
  double guess_ns;   ///< what the static rule compares
  int32_t step_count;
  lm__gpu_conv_step steps[LM_GPU_CONV_MAX_STEPS];
  /// Output channels that lie side by side in the filters, [out_c / width][taps * channels][width]
  /// with zeros behind the last channel; 0: filters as the model has them.
  int32_t filter_width;
  int32_t bias_zeros;  ///< floats of 0 behind the bias, which has room for whole blocks
  size_t scratch_bytes[2];
} lm__gpu_conv_plan;

/// Makes the plan of `variant`. False: the route does not do this, or the device lacks the kernel.
typedef bool (*lm__gpu_conv_route)(const lm__gpu_context* context, const lm__gpu_conv* conv,
                                   int32_t variant, lm__gpu_conv_plan* out_plan);

bool lm__gpu_route_direct(const lm__gpu_context* context, const lm__gpu_conv* conv, int32_t variant,
                          lm__gpu_conv_plan* out_plan);
bool lm__gpu_route_block(const lm__gpu_context* context, const lm__gpu_conv* conv, int32_t variant,
                         lm__gpu_conv_plan* out_plan);
bool lm__gpu_route_depthwise(const lm__gpu_context* context, const lm__gpu_conv* conv,
                             int32_t variant, lm__gpu_conv_plan* out_plan);
bool lm__gpu_route_few_rows(const lm__gpu_context* context, const lm__gpu_conv* conv,
                            int32_t variant, lm__gpu_conv_plan* out_plan);
bool lm__gpu_route_rows(const lm__gpu_context* context, const lm__gpu_conv* conv, int32_t variant,
                        lm__gpu_conv_plan* out_plan);
bool lm__gpu_route_depthwise_rows(const lm__gpu_context* context, const lm__gpu_conv* conv,
                                  int32_t variant, lm__gpu_conv_plan* out_plan);
bool lm__gpu_route_tile(const lm__gpu_context* context, const lm__gpu_conv* conv, int32_t variant,
                        lm__gpu_conv_plan* out_plan);
/// By cooperative matrices, where the device has them (Vulkan).
bool lm__gpu_route_matrix(const lm__gpu_context* context, const lm__gpu_conv* conv, int32_t variant,
                          lm__gpu_conv_plan* out_plan);
/// Its plan, whether the device has them or not: for the driver's check of itself.
bool lm__gpu_matrix_plan(const lm__gpu_context* context, const lm__gpu_conv* conv,
                         lm__gpu_conv_plan* out_plan);
bool lm__gpu_route_clblast(const lm__gpu_context* context, const lm__gpu_conv* conv,
                           int32_t variant, lm__gpu_conv_plan* out_plan);

/// Filters of 1x1 that need no window: rows of the image are rows of a matrix.
static inline bool lm__gpu_conv_is_matrix(const lm__gpu_conv* conv) {
  return conv->kind == LM_GPU_CONV_FULL && conv->filter_c == conv->in_c && conv->taps_h == 1 &&
         conv->taps_w == 1 && conv->stride_h == 1 && conv->stride_w == 1 && conv->pad_top == 0 &&
         conv->pad_left == 0 && conv->in_h == conv->out_h && conv->in_w == conv->out_w;
}

/// Params with everything that does not depend on the route.
lm__gpu_conv_params lm__gpu_conv_params_of(const lm__gpu_conv* conv);

/// The usual step, a kernel for lm__gpu_conv_kernel_type(): input, filter, bias, residual and
/// output of one kernel, TAIL as constant 0.
lm__gpu_conv_step* lm__gpu_conv_add_step(lm__gpu_conv_plan* plan, const lm__gpu_conv* conv,
                                         const char* kernel, const lm__gpu_conv_params* params);
/// Adds a constant to the step's key.
void lm__gpu_conv_constant(lm__gpu_conv_step* step, int32_t value);
/// Groups of `items` work-items in a line, for kernels that ask LM_LINEAR_ID.
/// @retval false  more than a launch can have.
bool lm__gpu_conv_linear(const lm__gpu_context* context, lm__gpu_conv_step* step, int64_t items);

static inline int64_t lm__gpu_divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// ---- from a plan to dispatches

/// Floats in the filters as a plan packs them.
/// @retval false  more than SIZE_MAX bytes.
bool lm__gpu_conv_filter_count(const lm__gpu_conv* conv, const lm__gpu_conv_plan* plan,
                               size_t* out_count);
/// `packed` holds lm__gpu_conv_filter_count() zeros.
void lm__gpu_conv_pack(const lm__gpu_conv* conv, const lm__gpu_conv_plan* plan, const float* filter,
                       float* packed);
/// Floats in the bias with its blocks and zeros.
size_t lm__gpu_conv_bias_count(const lm__gpu_conv* conv, const lm__gpu_conv_plan* plan);

/// What the work is done on.
typedef struct lm__gpu_conv_operands {
  const lm_tensor* filter;
  const lm_tensor* bias;     ///< NULL: none
  const float* bias_scales;  ///< of an int32 bias, one for each output channel; NULL: floats
  lm__gpu_value input, residual, output;  ///< residual: negative without an ADD
} lm__gpu_conv_operands;

/// Chooses a route, packs, and emits the dispatches for `node`.
lm_status lm__gpu_conv_emit(lm__gpu_build* build, const lm_node* node, const lm__gpu_conv* conv,
                            const lm__gpu_conv_operands* operands, lm_error* err);

/// The plan that lm__gpu_conv_emit() takes.
lm_status lm__gpu_conv_choose(lm__gpu_build* build, const lm_node* node, const lm__gpu_conv* conv,
                              lm__gpu_conv_plan* out_plan, lm_error* err);

// ---- nodes

/// What `supports` of all four asks: floats on the device, constant weights that are no
/// dynamic-range ones, an activation that is a clamp, counts that kernels can index.
bool lm__gpu_conv_node_supported(const lm__gpu_context* context, const lm_tensor* input,
                                 const lm_tensor* filter, const lm_tensor* bias,
                                 const lm_tensor* output, lm_activation activation,
                                 const char** out_why);

/// False: taps lie so far from the image that a kernel cannot count there.
bool lm__gpu_conv_window_fits(const lm_tensor* image, const lm_tensor* filter,
                              const lm_conv_options* options);

/// Both, for CONV_2D and DEPTHWISE_CONV_2D.
bool lm__gpu_conv_2d_supported(const lm__gpu_context* context, const lm_graph* graph,
                               const lm_node* node, const char** out_why);

/// The work of a node, with values, tail, padding and target, then lm__gpu_conv_emit().
lm_status lm__gpu_conv_compile(lm__gpu_build* build, const lm_node* node, lm__gpu_conv_kind kind,
                               const lm__geometry* geometry, const lm_tensor* input,
                               const lm_tensor* filter, const lm_tensor* bias,
                               lm_activation activation, lm_error* err);

/// The same for CONV_2D and DEPTHWISE_CONV_2D.
lm_status lm__gpu_conv_2d_compile(lm__gpu_build* build, const lm_node* node, lm__gpu_conv_kind kind,
                                  lm_error* err);

#endif  // LITMARK_GPU_CONV_H_
