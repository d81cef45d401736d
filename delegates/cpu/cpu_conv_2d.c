// SPDX-License-Identifier: MIT
#include "cpu_product.h"
#include "cpu_winograd.h"

static bool conv_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                          const lm_node* node, const char** out_why) {
  (void)delegate;
  if (!lm__cpu_weights_supported(graph, node, out_why)) return false;
  const lm_conv_options* options = node->def->options;
  const lm_tensor* filter = lm_graph_input(graph, node, 1);
  LM_CPU_REQUIRE(lm__cpu_is_clamp(options->activation), "fused activation is no clamp");
  LM_CPU_REQUIRE(lm_graph_input(graph, node, 0)->shape.dims[3] == filter->shape.dims[3],
                 "grouped convolution");
  LM_CPU_REQUIRE(lm__cpu_window_fits(graph, node, options), "window is spread too far");
  return true;
}

static lm_status conv_compile(const lm__cpu_build* build, const lm_node* node,
                              lm__cpu_step** out_step, lm_error* err) {
  const lm_conv_options* options = node->def->options;
  lm__product_desc d = lm__cpu_product_desc_of(build->graph, node);
  const int32_t* f = d.filter->shape.dims;
  d.column_stride = (size_t)f[1] * (size_t)f[2] * (size_t)f[3];
  LM_CPU_TRY(lm__geometry_of_conv(d.input, d.filter, d.output, options, &d.geometry, err));
  lm__cpu_padding padding;
  if (lm__cpu_padding_of(build, d.input, &padding)) {
    d.input = padding.input;
    lm__geometry_take_padding(&d.geometry, d.input, padding.top, padding.left);
    lm_compiler_extend(build->compiler, lm__cpu_index(build->graph, d.input), node->index);
  }
  d.target = lm__cpu_target_of(build, node);
  d.tail = lm__cpu_tail_of(build, node);
  LM_CPU_TRY(lm__cpu_activation_range(options->activation, d.output, &d.range, err));
  if (lm__cpu_winograd_pays(build, &d)) return lm__cpu_winograd_compile(build, &d, out_step, err);
  lm_multiplier* multipliers;
  LM_CPU_TRY(lm__cpu_conv_multipliers(build, &d, &multipliers, err));
  d.multipliers = multipliers;
  const lm_status status = lm__cpu_product_compile(build, &d, out_step, err);
  lm_free(build->delegate->allocator, multipliers);
  return status;
}

const lm__cpu_op lm__cpu_op_conv_2d = {
    .builtin = LM_BUILTIN_CONV_2D,
    .consumes = LM_CPU_WEIGHTS | LM_CPU_BIAS,
    .supports = conv_supports,
    .compile = conv_compile,
};
