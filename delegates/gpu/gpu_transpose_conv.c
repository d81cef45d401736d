// SPDX-License-Identifier: MIT
//
// TRANSPOSE_CONV in floats.
#include "gpu_conv.h"

static bool transpose_conv_supports(const lm__gpu_context* context, const lm_graph* graph,
                                    const lm_node* node, const char** out_why) {
  const lm_conv_options* options = node->def->options;
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  LM_GPU_REQUIRE(lm__gpu_conv_window_fits(output, lm_graph_input(graph, node, 1), options),
                 "window is spread too far");
  return lm__gpu_conv_node_supported(context, lm_graph_input(graph, node, 2),
                                     lm_graph_input(graph, node, 1), lm_graph_input(graph, node, 3),
                                     output, options->activation, out_why);
}

static lm_status transpose_conv_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_conv_options* options = node->def->options;
  const lm_tensor* filter = lm_graph_input(graph, node, 1);
  const lm_tensor* input = lm_graph_input(graph, node, 2);
  lm__geometry g;
  LM_GPU_TRY(lm__geometry_of_transpose_conv(input, filter, lm_graph_output(graph, node, 0), options,
                                            &g, err));
  return lm__gpu_conv_compile(build, node, LM_GPU_CONV_TRANSPOSED, &g, input, filter,
                              lm_graph_input(graph, node, 3), options->activation, err);
}

const lm__gpu_op lm__gpu_op_transpose_conv = {.builtin = LM_BUILTIN_TRANSPOSE_CONV,
                                              .supports = transpose_conv_supports,
                                              .compile = transpose_conv_compile};
