// SPDX-License-Identifier: MIT
#include "gpu_q8_product.h"

static bool transpose_conv_supports(const lm__gpu_context* context, const lm_graph* graph,
                                    const lm_node* node, const char** out_why) {
  return lm__gpu_q8_product_check(context, graph, node, 2, 3, out_why);
}

static lm_status transpose_conv_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_conv_options* options = node->def->options;
  lm__gpu_q8_product p = {
      .node = node,
      .input = lm_graph_input(graph, node, 2),
      .filter = lm_graph_input(graph, node, 1),
      .bias = lm_graph_input(graph, node, 3),
      .output = lm_graph_output(graph, node, 0),
      .activation = options->activation,
      .is_transposed = true,
  };
  LM_GPU_TRY(lm__geometry_of_transpose_conv(p.input, p.filter, p.output, options, &p.g, err));
  p.filter_c = p.g.in_c;
  return lm__gpu_q8_product_compile(build, &p, err);
}

const lm__gpu_op lm__gpu_op_q8_transpose_conv = {LM_BUILTIN_TRANSPOSE_CONV, transpose_conv_supports,
                                                 transpose_conv_compile};
