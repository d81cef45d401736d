// SPDX-License-Identifier: MIT
#include "cpu_clamp.h"

static lm_status relu6_compile(const lm__cpu_build* build, const lm_node* node,
                               lm__cpu_step** out_step, lm_error* err) {
  return lm__cpu_clamp_compile(build, node, LM_ACTIVATION_RELU6, out_step, err);
}

const lm__cpu_op lm__cpu_op_relu6 = {
    .builtin = LM_BUILTIN_RELU6,
    .supports = lm__cpu_clamp_supports,
    .compile = relu6_compile,
};
