// SPDX-License-Identifier: MIT
#include "cpu_hybrid.h"

static bool supports(const lm__cpu_delegate* delegate, const lm_graph* graph, const lm_node* node,
                     const char** out_why) {
  (void)delegate;
  const lm_fully_connected_options* options = node->def->options;
  if (!lm__cpu_hybrid_supports(graph, node, options->activation, out_why)) return false;
  const lm__geometry g =
      lm__geometry_of_rows(lm_graph_input(graph, node, 0), lm_graph_input(graph, node, 1));
  LM_CPU_REQUIRE(lm__cpu_hybrid_fits(&g), "input is too large");
  return true;
}

static lm_status compile(const lm__cpu_build* build, const lm_node* node, lm__cpu_step** out_step,
                         lm_error* err) {
  const lm_fully_connected_options* options = node->def->options;
  lm__hybrid_desc d = {
      .product = lm__cpu_product_desc_of(build->graph, node),
      .asymmetric = options->asymmetric_quantize_inputs,
  };
  lm__product_desc* p = &d.product;
  p->geometry = lm__geometry_of_rows(p->input, p->filter);
  p->column_stride = (size_t)p->geometry.in_c;
  LM_CPU_TRY(lm__cpu_activation_range(options->activation, p->output, &p->range, err));
  return lm__cpu_hybrid_compile(build, &d, out_step, err);
}

const lm__cpu_op lm__cpu_op_hybrid_fully_connected = {
    .builtin = LM_BUILTIN_FULLY_CONNECTED,
    .consumes = LM_CPU_WEIGHTS | LM_CPU_BIAS,
    .supports = supports,
    .compile = compile,
};
