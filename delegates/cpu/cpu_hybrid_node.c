// SPDX-License-Identifier: MIT
//
// From dynamic-range nodes to hybrid products: what the three ops have in common.
#include "cpu_hybrid.h"

bool lm__cpu_hybrid_supports(const lm_graph* graph, const lm_node* node, lm_activation activation,
                             const char** out_why) {
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* filter = lm_graph_input(graph, node, 1);
  const lm_tensor* bias = lm_graph_input(graph, node, 2);
  if (input->type != LM_FLOAT32 || filter->type != LM_INT8) return false;  // another op's
  LM_CPU_REQUIRE(lm__cpu_is_constant(filter), "weights are not constant");
  LM_CPU_REQUIRE(bias == NULL || lm__cpu_is_constant(bias), "bias is not constant");
  LM_CPU_REQUIRE(!lm__cpu_is_constant(input) && input->bytes > 0, "input is constant");
  LM_CPU_REQUIRE(
      filter->quantization.count >= 1 && !filter->def->is_sparse && filter->def->block_size == 0,
      "weights are sparse or quantized by blocks");
  LM_CPU_REQUIRE(lm__cpu_is_clamp(activation), "fused activation is no clamp");
  return true;
}

bool lm__cpu_hybrid_conv_supports(const lm_graph* graph, const lm_node* node, const char* grouped,
                                  const char** out_why) {
  const lm_conv_options* options = node->def->options;
  if (!lm__cpu_hybrid_supports(graph, node, options->activation, out_why)) return false;
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* filter = lm_graph_input(graph, node, 1);
  LM_CPU_REQUIRE(filter->shape.dims[3] == input->shape.dims[3], grouped);
  lm__geometry g;
  LM_CPU_REQUIRE(lm__geometry_of_conv(input, filter, lm_graph_output(graph, node, 0), options, &g,
                                      NULL) == LM_OK &&
                     lm__cpu_hybrid_fits(&g),
                 "image is too large");
  return true;
}

lm_status lm__cpu_hybrid_conv_desc(const lm__cpu_build* build, const lm_node* node,
                                   lm__hybrid_desc* out_desc, lm_error* err) {
  const lm_conv_options* options = node->def->options;
  *out_desc = (lm__hybrid_desc){.product = lm__cpu_product_desc_of(build->graph, node)};
  lm__product_desc* d = &out_desc->product;
  LM_CPU_TRY(lm__geometry_of_conv(d->input, d->filter, d->output, options, &d->geometry, err));
  return lm__cpu_activation_range(options->activation, d->output, &d->range, err);
}
