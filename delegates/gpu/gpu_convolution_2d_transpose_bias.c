// SPDX-License-Identifier: MIT
//
// Convolution2DTransposeBias of MediaPipe: TRANSPOSE_CONV in floats with a bias, whose output size
// follows from the input's.
#include "gpu_conv.h"
#include "gpu_custom.h"

static bool transpose_bias_supports(const lm__gpu_context* context, const lm_graph* graph,
                                    const lm_node* node, const char** out_why) {
  if (!lm__gpu_is_custom(node, "Convolution2DTransposeBias")) return false;
  return lm__gpu_conv_node_supported(context, lm_graph_input(graph, node, 0),
                                     lm_graph_input(graph, node, 1), lm_graph_input(graph, node, 2),
                                     lm_graph_output(graph, node, 0), LM_ACTIVATION_NONE, out_why);
}

// Padding before the output that SAME takes away.
static int32_t padding_of(const lm_node* node, int32_t length, int32_t filter, int32_t stride) {
  const int32_t total = filter - (length - 1) % stride - 1;
  return lm__gpu_custom_int(node, 0) == 1 && total > 0 ? total / 2 : 0;
}

static lm_status transpose_bias_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* filter = lm_graph_input(graph, node, 1);
  const int32_t* in = input->shape.dims;
  const int32_t* out = lm_graph_output(graph, node, 0)->shape.dims;
  const int32_t* f = filter->shape.dims;
  const int32_t stride_w = lm__gpu_custom_int(node, 1), stride_h = lm__gpu_custom_int(node, 2);
  lm__gpu_conv conv = {.kind = LM_GPU_CONV_TRANSPOSED,
                       .batches = in[0],
                       .in_h = in[1],
                       .in_w = in[2],
                       .in_c = in[3],
                       .out_h = out[1],
                       .out_w = out[2],
                       .out_c = f[0],
                       .filter_c = in[3],
                       .taps_h = f[1],
                       .taps_w = f[2],
                       .stride_h = stride_h,
                       .stride_w = stride_w,
                       .dilation_h = 1,
                       .dilation_w = 1,
                       .pad_top = padding_of(node, in[1], f[1], stride_h),
                       .pad_left = padding_of(node, in[2], f[2], stride_w)};
  return lm__gpu_conv_compile(build, node, &conv, input, filter, lm_graph_input(graph, node, 2),
                              LM_ACTIVATION_NONE, err);
}

const lm__gpu_op lm__gpu_op_convolution_2d_transpose_bias = {
    .builtin = LM_BUILTIN_CUSTOM,
    .supports = transpose_bias_supports,
    .compile = transpose_bias_compile,
};
