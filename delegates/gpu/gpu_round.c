// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status round_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_ROUND, 0.0f, "round", err);
}

const lm__gpu_op lm__gpu_op_round = {
    .builtin = LM_BUILTIN_ROUND,
    .supports = lm__gpu_unary_supports,
    .compile = round_compile,
};
