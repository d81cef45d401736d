// SPDX-License-Identifier: MIT
#include "cpu_hybrid.h"

static bool supports(const lm__cpu_delegate* delegate, const lm_graph* graph, const lm_node* node,
                     const char** out_why) {
  (void)delegate;
  return lm__cpu_hybrid_conv_supports(graph, node, "several outputs a channel", out_why);
}

static lm_status compile(const lm__cpu_build* build, const lm_node* node, lm__cpu_step** out_step,
                         lm_error* err) {
  lm__hybrid_desc d;
  LM_CPU_TRY(lm__cpu_hybrid_conv_desc(build, node, &d, err));
  d.is_depthwise = true;
  d.asymmetric = true;
  return lm__cpu_hybrid_compile(build, &d, out_step, err);
}

const lm__cpu_op lm__cpu_op_hybrid_depthwise_conv_2d = {
    .builtin = LM_BUILTIN_DEPTHWISE_CONV_2D,
    .consumes = LM_CPU_BIAS,
    .supports = supports,
    .compile = compile,
};
