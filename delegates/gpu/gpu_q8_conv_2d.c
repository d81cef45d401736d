// SPDX-License-Identifier: MIT
#include "gpu_q8_product.h"

static bool conv_2d_supports(const lm__gpu_context* context, const lm_graph* graph,
                             const lm_node* node, const char** out_why) {
  return lm__gpu_q8_product_check(context, graph, node, 0, 2, out_why);
}

static lm_status conv_2d_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  lm__gpu_q8_product p = {
      .node = node,
      .input = lm_graph_input(graph, node, 0),
      .filter = lm_graph_input(graph, node, 1),
      .bias = lm_graph_input(graph, node, 2),
      .output = lm_graph_output(graph, node, 0),
  };
  lm__gpu_padding padding;
  const bool is_padded = lm__gpu_padding_of(build, p.input, &padding);
  if (is_padded) p.input = padding.input;
  LM_GPU_TRY(lm__gpu_q8_product_window(&p, node->def->options, is_padded ? &padding : NULL, err));
  return lm__gpu_q8_product_compile(build, &p, err);
}

const lm__gpu_op lm__gpu_op_q8_conv_2d = {LM_BUILTIN_CONV_2D, conv_2d_supports, conv_2d_compile};
