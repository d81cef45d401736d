// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status relu6_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_clamp_compile(build, node, 0.0f, 6.0f, "relu6", err);
}

const lm__gpu_op lm__gpu_op_relu6 = {
    .builtin = LM_BUILTIN_RELU6,
    .supports = lm__gpu_unary_supports,
    .compile = relu6_compile,
};
