// SPDX-License-Identifier: MIT
//
// FULLY_CONNECTED in floats: a 1x1 convolution of an image that is one line of pixels.
#include "gpu_conv.h"

static bool fully_connected_supports(const lm__gpu_context* context, const lm_graph* graph,
                                     const lm_node* node, const char** out_why) {
  const lm_fully_connected_options* options = node->def->options;
  return lm__gpu_conv_node_supported(context, lm_graph_input(graph, node, 0),
                                     lm_graph_input(graph, node, 1), lm_graph_input(graph, node, 2),
                                     lm_graph_output(graph, node, 0), options->activation, out_why);
}

static lm_status fully_connected_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_fully_connected_options* options = node->def->options;
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* filter = lm_graph_input(graph, node, 1);
  const int32_t depth = filter->shape.dims[1];
  const int32_t rows = (int32_t)(lm_shape_count(&input->shape) / depth);
  lm__gpu_conv conv = {.kind = LM_GPU_CONV_FULL,
                       .batches = 1,
                       .in_h = 1,
                       .in_w = rows,
                       .in_c = depth,
                       .out_h = 1,
                       .out_w = rows,
                       .out_c = filter->shape.dims[0],
                       .filter_c = depth,
                       .taps_h = 1,
                       .taps_w = 1,
                       .stride_h = 1,
                       .stride_w = 1,
                       .dilation_h = 1,
                       .dilation_w = 1};
  return lm__gpu_conv_compile(build, node, &conv, input, filter, lm_graph_input(graph, node, 2),
                              options->activation, err);
}

const lm__gpu_op lm__gpu_op_fully_connected = {.builtin = LM_BUILTIN_FULLY_CONNECTED,
                                               .supports = fully_connected_supports,
                                               .compile = fully_connected_compile};
