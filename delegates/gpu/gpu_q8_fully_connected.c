// SPDX-License-Identifier: MIT
#include "gpu_q8_product.h"

static bool fully_connected_supports(const lm__gpu_context* context, const lm_graph* graph,
                                     const lm_node* node, const char** out_why) {
  return lm__gpu_q8_product_check(context, graph, node, 0, 2, out_why);
}

static lm_status fully_connected_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* filter = lm_graph_input(graph, node, 1);
  const int32_t units = filter->shape.dims[0], depth = filter->shape.dims[1];
  const int32_t rows = (int32_t)(lm_shape_count(&input->shape) / depth);
  // A convolution of 1x1 over an image of one line.
  const lm__gpu_q8_product p = {
      .node = node,
      .input = input,
      .filter = filter,
      .bias = lm_graph_input(graph, node, 2),
      .output = lm_graph_output(graph, node, 0),
      .activation = ((const lm_fully_connected_options*)node->def->options)->activation,
      .batches = 1,
      .in_h = 1,
      .in_w = rows,
      .in_c = depth,
      .out_h = 1,
      .out_w = rows,
      .out_c = units,
      .filter_h = 1,
      .filter_w = 1,
      .filter_c = depth,
      .stride_h = 1,
      .stride_w = 1,
      .dilation_h = 1,
      .dilation_w = 1,
      .is_fully_connected = true,
  };
  return lm__gpu_q8_product_compile(build, &p, err);
}

const lm__gpu_op lm__gpu_op_q8_fully_connected = {
    LM_BUILTIN_FULLY_CONNECTED, fully_connected_supports, fully_connected_compile};
