// SPDX-License-Identifier: MIT
//
// From nodes to products: what CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED have in common.
#include "cpu_product.h"

lm__product_desc lm__cpu_product_desc_of(const lm_graph* graph, const lm_node* node) {
  return (lm__product_desc){
      .node = node,
      .input = lm_graph_input(graph, node, 0),
      .filter = lm_graph_input(graph, node, 1),
      .bias = lm_graph_input(graph, node, 2),
      .output = lm_graph_output(graph, node, 0),
      .k_stride = 1,
  };
}

bool lm__cpu_weights_supported(const lm_graph* graph, const lm_node* node, const char** out_why) {
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* filter = lm_graph_input(graph, node, 1);
  const lm_tensor* bias = lm_graph_input(graph, node, 2);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  LM_CPU_REQUIRE(lm__cpu_is_constant(filter), "weights are not constant");
  LM_CPU_REQUIRE(bias == NULL || lm__cpu_is_constant(bias), "bias is not constant");
  LM_CPU_REQUIRE(!lm__cpu_is_constant(input), "input is constant");
  LM_CPU_REQUIRE(input->type != LM_FLOAT32 || filter->type == LM_FLOAT32,
                 "weights are dynamic-range");
  LM_CPU_REQUIRE(
      lm__cpu_is_plain(input) && output->type == input->type && filter->type == input->type,
      "types are not float32, int8 or uint8 throughout");
  LM_CPU_REQUIRE(!filter->def->is_sparse && filter->def->block_size == 0,
                 "weights are sparse or quantized by blocks");
  if (input->type != LM_FLOAT32) {
    LM_CPU_REQUIRE(lm__cpu_is_plain(output) && filter->quantization.count >= 1,
                   "quantization is not per tensor");
    LM_CPU_REQUIRE(bias == NULL || bias->type == LM_INT32, "bias is not int32");
  }
  return true;
}

bool lm__cpu_window_fits(const lm_graph* graph, const lm_node* node,
                         const lm_conv_options* options) {
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  lm__geometry g;
  return lm__geometry_of_conv(input, lm_graph_input(graph, node, 1),
                              lm_graph_output(graph, node, 0), options, &g, NULL) == LM_OK &&
         lm__cpu_blocks_fit(&g, lm_type_bytes(input->type));
}

// The scales' product is rounded to float for uint8, to double for int8: as the reference does.
static lm_multiplier multiplier_of(const lm__product_desc* d, int32_t channel) {
  return lm_multiplier_make(lm_product_factor(&d->input->quantization, &d->filter->quantization,
                                              &d->output->quantization, channel,
                                              d->input->type == LM_UINT8));
}

lm_status lm__cpu_conv_multipliers(const lm__cpu_build* build, const lm__product_desc* d,
                                   lm_multiplier** out_multipliers, lm_error* err) {
  *out_multipliers = NULL;
  if (d->input->type == LM_FLOAT32) return LM_OK;
  const int32_t channels = d->geometry.out_c;
  *out_multipliers =
      lm_alloc_array(build->delegate->allocator, (size_t)channels, sizeof **out_multipliers);
  if (*out_multipliers == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: %d multipliers", channels);
  }
  for (int32_t c = 0; c < channels; ++c) (*out_multipliers)[c] = multiplier_of(d, c);
  return LM_OK;
}

lm__q8_weights lm__cpu_q8_weights_of(const lm__product_desc* d) {
  return (lm__q8_weights){
      .data = d->filter->data,
      .is_signed = d->filter->type == LM_INT8,
      .zero_point = d->filter->quantization.zero_points[0],
      .bias = d->bias != NULL ? d->bias->data : NULL,
      .input_signed = d->input->type == LM_INT8,
      .input_zero_point = d->input->quantization.zero_points[0],
      .multipliers = d->multipliers,
      .factors = d->factors,
      .output_signed = d->output->type == LM_INT8,
      .output_zero_point = d->output->quantization.zero_points[0],
      .output_min = d->range.qmin,
      .output_max = d->range.qmax,
  };
}
