// SPDX-License-Identifier: MIT
#include "cpu_product.h"

static bool fully_connected_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                                     const lm_node* node, const char** out_why) {
  (void)delegate;
  if (!lm__cpu_weights_supported(graph, node, out_why)) return false;
  const lm_fully_connected_options* options = node->def->options;
  LM_CPU_REQUIRE(lm__cpu_is_clamp(options->activation), "fused activation is no clamp");
  return true;
}

static lm_status fully_connected_compile(const lm__cpu_build* build, const lm_node* node,
                                         lm__cpu_step** out_step, lm_error* err) {
  const lm_fully_connected_options* options = node->def->options;
  lm__product_desc d = lm__cpu_product_desc_of(build->graph, node);
  d.geometry = lm__geometry_of_rows(d.input, d.filter);
  d.column_stride = (size_t)d.geometry.in_c;
  LM_CPU_TRY(lm__cpu_activation_range(options->activation, d.output, &d.range, err));
  if (d.input->type == LM_FLOAT32) return lm__cpu_product_compile(build, &d, out_step, err);

  const int32_t units = d.geometry.out_c;
  const lm_allocator allocator = build->delegate->allocator;
  double* factors = lm_alloc_array(allocator, (size_t)units, sizeof *factors);
  if (factors == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: %d factors", units);
  }
  for (int32_t u = 0; u < units; ++u) {
    factors[u] = lm_product_factor(&d.input->quantization, &d.filter->quantization,
                                   &d.output->quantization, u, false);
  }
  d.factors = factors;
  const lm_status status = lm__cpu_product_compile(build, &d, out_step, err);
  lm_free(allocator, factors);
  return status;
}

const lm__cpu_op lm__cpu_op_fully_connected = {
    .builtin = LM_BUILTIN_FULLY_CONNECTED,
    .consumes = LM_CPU_WEIGHTS | LM_CPU_BIAS,
    .supports = fully_connected_supports,
    .compile = fully_connected_compile,
};
