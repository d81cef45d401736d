// SPDX-License-Identifier: MIT
#include "gpu_q8_product.h"

static lm_status fully_connected_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  lm__gpu_q8_product p = {
      .node = node,
      .input = lm_graph_input(graph, node, 0),
      .filter = lm_graph_input(graph, node, 1),
      .bias = lm_graph_input(graph, node, 2),
      .output = lm_graph_output(graph, node, 0),
      .activation = ((const lm_fully_connected_options*)node->def->options)->activation,
      .is_fully_connected = true,
  };
  // A convolution of 1x1.
  p.g = lm__gpu_line_geometry(p.input, p.filter);
  p.filter_c = p.g.in_c;
  return lm__gpu_q8_product_compile(build, &p, err);
}

const lm__gpu_op lm__gpu_op_q8_fully_connected = {
    LM_BUILTIN_FULLY_CONNECTED, lm__gpu_q8_conv_supported, fully_connected_compile};
