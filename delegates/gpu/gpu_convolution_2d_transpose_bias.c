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
  lm__geometry g = lm__geometry_of_images(input, lm_graph_output(graph, node, 0));
  g.filter_h = filter->shape.dims[1];
  g.filter_w = filter->shape.dims[2];
  g.stride_w = lm__gpu_custom_int(node, 1);
  g.stride_h = lm__gpu_custom_int(node, 2);
  g.pad_h = padding_of(node, g.in_h, g.filter_h, g.stride_h);
  g.pad_w = padding_of(node, g.in_w, g.filter_w, g.stride_w);
  return lm__gpu_conv_compile(build, node, LM_GPU_CONV_TRANSPOSED, &g, input, filter,
                              lm_graph_input(graph, node, 2), LM_ACTIVATION_NONE, err);
}

const lm__gpu_op lm__gpu_op_convolution_2d_transpose_bias = {
    .builtin = LM_BUILTIN_CUSTOM,
    .supports = transpose_bias_supports,
    .compile = transpose_bias_compile,
};
