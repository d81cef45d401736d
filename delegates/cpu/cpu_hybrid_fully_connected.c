// SPDX-License-Identifier: MIT
#include "cpu_hybrid.h"

// Rows are images of one pixel.
static lm__geometry geometry_of(const lm_tensor* input, const lm_tensor* filter) {
  const int32_t units = filter->shape.dims[0], depth = filter->shape.dims[1];
  return (lm__geometry){
      .batches = (int32_t)(lm_shape_count(&input->shape) / depth),
      .in_h = 1,
      .in_w = 1,
      .in_c = depth,
      .out_h = 1,
      .out_w = 1,
      .out_c = units,
      .filter_h = 1,
      .filter_w = 1,
      .stride_h = 1,
      .stride_w = 1,
      .dilation_h = 1,
      .dilation_w = 1,
  };
}

static bool supports(const lm__cpu_delegate* delegate, const lm_graph* graph, const lm_node* node,
                     const char** out_why) {
  (void)delegate;
  if (!lm__cpu_hybrid_supports(graph, node, out_why)) return false;
  const lm_fully_connected_options* options = node->def->options;
  LM_CPU_REQUIRE(lm__cpu_is_clamp(options->activation), "fused activation is no clamp");
  const lm__geometry g =
      geometry_of(lm_graph_input(graph, node, 0), lm_graph_input(graph, node, 1));
  LM_CPU_REQUIRE(lm__cpu_hybrid_fits(&g), "input is too large");
  return true;
}

static lm_status compile(const lm__cpu_build* build, const lm_node* node, lm__cpu_step** out_step,
                         lm_error* err) {
  const lm_fully_connected_options* options = node->def->options;
  lm__hybrid_desc d = {
      .product =
          {
              .node = node,
              .input = lm_graph_input(build->graph, node, 0),
              .filter = lm_graph_input(build->graph, node, 1),
              .bias = lm_graph_input(build->graph, node, 2),
              .output = lm_graph_output(build->graph, node, 0),
              .k_stride = 1,
          },
      .asymmetric = options->asymmetric_quantize_inputs,
  };
  d.product.geometry = geometry_of(d.product.input, d.product.filter);
  d.product.column_stride = (size_t)d.product.filter->shape.dims[1];
  LM_CPU_TRY(
      lm__cpu_activation_range(options->activation, d.product.output, &d.product.range, err));
  return lm__cpu_hybrid_compile(build, &d, out_step, err);
}

const lm__cpu_op lm__cpu_op_hybrid_fully_connected = {
    .builtin = LM_BUILTIN_FULLY_CONNECTED,
    .consumes = LM_CPU_WEIGHTS | LM_CPU_BIAS,
    .supports = supports,
    .compile = compile,
};
