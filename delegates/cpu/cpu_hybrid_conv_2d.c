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
  return lm__cpu_hybrid_conv_supports(graph, node, "grouped convolution", out_why);
}

static lm_status compile(const lm__cpu_build* build, const lm_node* node, lm__cpu_step** out_step,
                         lm_error* err) {
  lm__hybrid_desc d;
  LM_CPU_TRY(lm__cpu_hybrid_conv_desc(build, node, &d, err));
  const int32_t* f = d.product.filter->shape.dims;
  d.product.column_stride = (size_t)f[1] * (size_t)f[2] * (size_t)f[3];
  d.asymmetric = has_several_scales(&d.product.filter->quantization);
  d.weights_first = d.asymmetric;
  return lm__cpu_hybrid_compile(build, &d, out_step, err);
}

const lm__cpu_op lm__cpu_op_hybrid_conv_2d = {
    .builtin = LM_BUILTIN_CONV_2D,
    .consumes = LM_CPU_WEIGHTS | LM_CPU_BIAS,
    .supports = supports,
    .compile = compile,
};
