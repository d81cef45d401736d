// SPDX-License-Identifier: MIT
#include "cpu_hybrid.h"

// The format's rule: several scales of the weights mean activations with a zero point.
static bool has_several_scales(const lm_quantization* q) {
  for (int32_t c = 1; c < q->count; ++c) {
    if (q->scales[c] != q->scales[0]) return true;
  }
  return false;
}

static bool supports(const lm__cpu_delegate* delegate, const lm_graph* graph, const lm_node* node,
                     const char** out_why) {
  (void)delegate;
  if (!lm__cpu_hybrid_supports(graph, node, out_why)) return false;
  const lm_conv_options* options = node->def->options;
  const lm_tensor* filter = lm_graph_input(graph, node, 1);
  LM_CPU_REQUIRE(lm__cpu_is_clamp(options->activation), "fused activation is no clamp");
  LM_CPU_REQUIRE(filter->shape.dims[3] == lm_graph_input(graph, node, 0)->shape.dims[3],
                 "grouped convolution");
  lm__geometry g;
  LM_CPU_REQUIRE(lm__cpu_conv_geometry(
                     lm_graph_input(graph, node, 0), lm_graph_output(graph, node, 0), options,
                     filter->shape.dims[1], filter->shape.dims[2], &g, NULL) == LM_OK &&
                     lm__cpu_hybrid_fits(&g),
                 "image is too large");
  return true;
}

static lm_status compile(const lm__cpu_build* build, const lm_node* node, lm__cpu_step** out_step,
                         lm_error* err) {
  const lm_conv_options* options = node->def->options;
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
  };
  const int32_t* f = d.product.filter->shape.dims;
  d.product.column_stride = (size_t)f[1] * (size_t)f[2] * (size_t)f[3];
  d.asymmetric = has_several_scales(&d.product.filter->quantization);
  d.weights_first = d.asymmetric;
  LM_CPU_TRY(lm__cpu_conv_geometry(d.product.input, d.product.output, options, f[1], f[2],
                                   &d.product.geometry, err));
  LM_CPU_TRY(
      lm__cpu_activation_range(options->activation, d.product.output, &d.product.range, err));
  return lm__cpu_hybrid_compile(build, &d, out_step, err);
}

const lm__cpu_op lm__cpu_op_hybrid_conv_2d = {
    .builtin = LM_BUILTIN_CONV_2D,
    .consumes = LM_CPU_WEIGHTS | LM_CPU_BIAS,
    .supports = supports,
    .compile = compile,
};
