// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status exp_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_EXP, 0.0f, "exp", err);
}

const lm__gpu_op lm__gpu_op_exp = {
    .builtin = LM_BUILTIN_EXP,
    .supports = lm__gpu_unary_supports,
    .compile = exp_compile,
};
