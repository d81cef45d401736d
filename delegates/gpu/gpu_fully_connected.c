// SPDX-License-Identifier: MIT
//
// FULLY_CONNECTED in floats: a 1x1 convolution of an image that is one line of pixels.
#include "gpu_conv.h"
#include "gpu_util.h"

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
  const lm__geometry g = lm__gpu_line_geometry(input, filter);
  return lm__gpu_conv_compile(build, node, LM_GPU_CONV_FULL, &g, input, filter,
                              lm_graph_input(graph, node, 2), options->activation, err);
}

const lm__gpu_op lm__gpu_op_fully_connected = {.builtin = LM_BUILTIN_FULLY_CONNECTED,
                                               .supports = fully_connected_supports,
                                               .compile = fully_connected_compile};
