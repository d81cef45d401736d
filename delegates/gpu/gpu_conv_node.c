// SPDX-License-Identifier: MIT
//
// From the graph to an lm__gpu_conv: what the ops of this family have in common.
#include "gpu_conv.h"
#include "gpu_fusion.h"
#include "gpu_precision.h"

static bool is_clamp(lm_activation activation) {
  float low, high;
  return lm_activation_range_float(activation, &low, &high, NULL) == LM_OK;
}

// Elements that a kernel can count in an int, with room for a group of work-items.
static bool fits_index(const lm_tensor* tensor) {
  return lm_shape_count(&tensor->shape) <= INT32_MAX - 4096;
}

bool lm__gpu_conv_node_supported(const lm__gpu_context* context, const lm_tensor* input,
                                 const lm_tensor* filter, const lm_tensor* bias,
                                 const lm_tensor* output, lm_activation activation,
                                 const char** out_why) {
  lm__gpu_type in, out;
  LM_GPU_REQUIRE(lm__gpu_tensor_type(context, input, &in) && lm__gpu_is_float(in) &&
                     lm__gpu_tensor_type(context, output, &out) && out == in,
                 "no floats on the device");
  LM_GPU_REQUIRE(filter->storage == LM_STORAGE_CONSTANT, "filter is no constant");
  LM_GPU_REQUIRE(bias == NULL || bias->storage == LM_STORAGE_CONSTANT, "bias is no constant");
  const bool quantized = filter->type != LM_FLOAT32 && filter->type != LM_FLOAT16;
  LM_GPU_REQUIRE(!quantized || input->type != LM_FLOAT32 || context->options->dequantize,
                 "dynamic-range weights: inputs would have to be quantized (quantized=float "
                 "takes the weights as floats)");
  LM_GPU_REQUIRE(!quantized || filter->type == LM_INT8 || filter->type == LM_UINT8, "filter type");
  LM_GPU_REQUIRE(is_clamp(activation), "fused activation is no clamp");
  LM_GPU_REQUIRE(fits_index(input) && fits_index(filter) && fits_index(output),
                 "more elements than a kernel can count");
  LM_GPU_REQUIRE(lm_shape_count(&output->shape) > 0 && lm_shape_count(&input->shape) > 0,
                 "no elements");
  return true;
}

// Coordinates of taps are ints in the kernels.
bool lm__gpu_conv_window_fits(const lm_tensor* image, const lm_tensor* filter,
                              const lm_conv_options* options) {
  const int64_t limit = INT32_MAX / 2;
  const int32_t* in = image->shape.dims;
  const int32_t* f = filter->shape.dims;
  const int64_t strides[2] = {options->stride_h, options->stride_w};
  const int64_t dilations[2] = {options->dilation_h, options->dilation_w};
  for (int i = 0; i < 2; ++i) {
    if (f[1 + i] * dilations[i] > limit / 4 || in[1 + i] + strides[i] > limit / 4) return false;
  }
  return true;
}

bool lm__gpu_conv_2d_supported(const lm__gpu_context* context, const lm_graph* graph,
                               const lm_node* node, const char** out_why) {
  const lm_conv_options* options = node->def->options;
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* filter = lm_graph_input(graph, node, 1);
  LM_GPU_REQUIRE(lm__gpu_conv_window_fits(input, filter, options), "window is spread too far");
  return lm__gpu_conv_node_supported(context, input, filter, lm_graph_input(graph, node, 2),
                                     lm_graph_output(graph, node, 0), options->activation, out_why);
}

// ---- tail

static float clamp(float x, float low, float high) { return x < low ? low : x > high ? high : x; }

static lm_status add_tail(lm__gpu_build* build, const lm_node* node, const lm_node* tail,
                          lm__gpu_conv* conv, lm__gpu_value* out_residual, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_arithmetic_options* options = tail->def->options;
  lm__gpu_clamp range;
  LM_GPU_TRY(lm__gpu_output_clamp(build, options->activation, lm_graph_output(graph, tail, 0),
                                  &range, err));
  conv->tail = LM_GPU_TAIL_ADD;
  conv->tail_low = range.min;
  conv->tail_high = range.max;
  return lm__gpu_tensor(build, lm__gpu_tail_operand(build, node, tail), out_residual, err);
}

// RELU and its like behind the convolution's own clamp are one clamp.
static lm_status clamp_tail(lm__gpu_build* build, const lm_node* tail, lm_activation activation,
                            lm__gpu_conv* conv, lm_error* err) {
  lm__gpu_clamp range;
  LM_GPU_TRY(lm__gpu_output_clamp(build, activation, lm_graph_output(lm__gpu_graph(build), tail, 0),
                                  &range, err));
  conv->low = clamp(conv->low, range.min, range.max);
  conv->high = clamp(conv->high, range.min, range.max);
  return LM_OK;
}

static lm_status set_tail(lm__gpu_build* build, const lm_node* node, const lm_node* tail,
                          lm__gpu_conv* conv, lm__gpu_value* out_residual, lm_error* err) {
  *out_residual = -1;
  if (tail == NULL) return LM_OK;
  switch (tail->def->builtin) {
    case LM_BUILTIN_ADD:
      return add_tail(build, node, tail, conv, out_residual, err);
    case LM_BUILTIN_RELU:
      return clamp_tail(build, tail, LM_ACTIVATION_RELU, conv, err);
    case LM_BUILTIN_RELU6:
      return clamp_tail(build, tail, LM_ACTIVATION_RELU6, conv, err);
    case LM_BUILTIN_RELU_N1_TO_1:
      return clamp_tail(build, tail, LM_ACTIVATION_RELU_N1_TO_1, conv, err);
    case LM_BUILTIN_HARD_SWISH:
      conv->tail = LM_GPU_TAIL_HARD_SWISH;
      return LM_OK;
    case LM_BUILTIN_LOGISTIC:
      conv->tail = LM_GPU_TAIL_LOGISTIC;
      return LM_OK;
    default:
      return LM_FAIL(err, LM_INTERNAL, "%s node %d: no tail of a convolution",
                     lm_node_name(tail->def), tail->index);
  }
}

// ---- precision

// A product of matrices by a library has factors of one type.
static void set_types(const lm__gpu_build* build, const lm_tensor* filter, lm__gpu_type image,
                      lm__gpu_type output, lm__gpu_conv* conv) {
  conv->type = output;
  if (output != LM_GPU_F16) return;
  const bool library = lm__gpu_build_context(build)->options->gemm == LM_GPU_GEMM_CLBLAST;
  if (conv->kind == LM_GPU_CONV_DEPTHWISE) {
    conv->wide = image == LM_GPU_F32 ? LM_GPU_WIDE_IMAGE : LM_GPU_WIDE_NONE;
  } else if (!library && lm_shape_count(&filter->shape) <= LM_GPU_WIDE_FILTER_COUNT) {
    conv->wide = LM_GPU_WIDE_FILTER;
  }
}

// ---- quantized nodes in floats

// An int32 bias counts in steps of input's scale times filter's.
static lm_status bias_scales(lm__gpu_build* build, const lm__gpu_conv* conv, const lm_tensor* input,
                             const lm_tensor* filter, const lm_tensor* bias, float** out_scales,
                             lm_error* err) {
  *out_scales = NULL;
  if (bias == NULL || bias->type == LM_FLOAT32 || bias->type == LM_FLOAT16) return LM_OK;
  float* scales = lm_alloc_array(lm__gpu_allocator(build), (size_t)conv->out_c, sizeof *scales);
  if (scales == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%d scales of a bias", conv->out_c);
  const lm_quantization* q = &filter->quantization;
  for (int32_t c = 0; c < conv->out_c; ++c) {
    scales[c] = input->quantization.scales[0] * lm_channel_scale(q, c);
  }
  *out_scales = scales;
  return LM_OK;
}

// PADs in front and tails behind are the work of these.
static bool fuses(const lm_node* node) {
  return node->def->builtin == LM_BUILTIN_CONV_2D ||
         node->def->builtin == LM_BUILTIN_DEPTHWISE_CONV_2D;
}

static lm_status compile(lm__gpu_build* build, const lm_node* node, lm__gpu_conv* conv,
                         const lm_tensor* input, const lm_tensor* filter, const lm_tensor* bias,
                         lm_activation activation, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  lm__gpu_clamp range;
  LM_GPU_TRY(lm__gpu_output_clamp(build, activation, lm_graph_output(graph, node, 0), &range, err));
  conv->low = range.min;
  conv->high = range.max;
  const lm_node* tail = fuses(node) ? lm__gpu_tail_of(build, node) : NULL;
  lm__gpu_conv_operands operands = {.filter = filter, .bias = bias};
  LM_GPU_TRY(set_tail(build, node, tail, conv, &operands.residual, err));
  LM_GPU_TRY(lm__gpu_tensor(build, input, &operands.input, err));
  conv->out_stride = conv->out_c;
  if (fuses(node)) {
    lm__gpu_target target;
    LM_GPU_TRY(lm__gpu_target_of(build, tail != NULL ? tail : node, &target, err));
    operands.output = target.value;
    conv->out_stride = (int32_t)target.pixel_stride;
    conv->out_offset = (int32_t)target.offset;
  } else {
    LM_GPU_TRY(lm__gpu_tensor(build, lm_graph_output(graph, node, 0), &operands.output, err));
  }
  set_types(build, filter, lm__gpu_value_type(build, operands.input),
            lm__gpu_value_type(build, operands.output), conv);
  lm__gpu_count_filter(build, lm__gpu_conv_filter_type(conv));
  float* scales;
  LM_GPU_TRY(bias_scales(build, conv, input, filter, bias, &scales, err));
  operands.bias_scales = scales;
  const lm_status status = lm__gpu_conv_emit(build, node, conv, &operands, err);
  lm_free(lm__gpu_allocator(build), scales);
  return status;
}

// ---- from geometry to work

// Input channels of one filter.
static int32_t filter_channels(lm__gpu_conv_kind kind, const lm__geometry* g,
                               const lm_tensor* filter) {
  switch (kind) {
    case LM_GPU_CONV_DEPTHWISE:
      return 1;
    case LM_GPU_CONV_TRANSPOSED:
      return g->in_c;
    default:
      return filter->shape.dims[filter->shape.rank - 1];
  }
}

static lm__gpu_conv make_conv(lm__gpu_conv_kind kind, const lm__geometry* g,
                              const lm_tensor* filter) {
  return (lm__gpu_conv){.kind = kind,
                        .batches = g->batches,
                        .in_h = g->in_h,
                        .in_w = g->in_w,
                        .in_c = g->in_c,
                        .out_h = g->out_h,
                        .out_w = g->out_w,
                        .out_c = g->out_c,
                        .filter_c = filter_channels(kind, g, filter),
                        .taps_h = g->filter_h,
                        .taps_w = g->filter_w,
                        .stride_h = g->stride_h,
                        .stride_w = g->stride_w,
                        .dilation_h = g->dilation_h,
                        .dilation_w = g->dilation_w,
                        .pad_top = g->pad_h,
                        .pad_left = g->pad_w};
}

lm_status lm__gpu_conv_compile(lm__gpu_build* build, const lm_node* node, lm__gpu_conv_kind kind,
                               const lm__geometry* geometry, const lm_tensor* input,
                               const lm_tensor* filter, const lm_tensor* bias,
                               lm_activation activation, lm_error* err) {
  lm__geometry g = *geometry;
  lm__gpu_padding padding;
  if (fuses(node) && lm__gpu_padding_of(build, input, &padding)) {
    input = padding.input;
    lm__geometry_take_padding(&g, input, padding.top, padding.left);
  }
  lm__gpu_conv conv = make_conv(kind, &g, filter);
  return compile(build, node, &conv, input, filter, bias, activation, err);
}

lm_status lm__gpu_conv_2d_compile(lm__gpu_build* build, const lm_node* node, lm__gpu_conv_kind kind,
                                  lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_conv_options* options = node->def->options;
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* filter = lm_graph_input(graph, node, 1);
  lm__geometry g;
  LM_GPU_TRY(
      lm__geometry_of_conv(input, filter, lm_graph_output(graph, node, 0), options, &g, err));
  return lm__gpu_conv_compile(build, node, kind, &g, input, filter, lm_graph_input(graph, node, 2),
                              options->activation, err);
}
