// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status hard_swish_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_HARD_SWISH, 0.0f, "hard_swish", err);
}

const lm__gpu_op lm__gpu_op_hard_swish = {
    .builtin = LM_BUILTIN_HARD_SWISH,
    .supports = lm__gpu_unary_supports,
    .compile = hard_swish_compile,
};
