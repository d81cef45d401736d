// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status neg_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_NEG, 0.0f, "neg", err);
}

const lm__gpu_op lm__gpu_op_neg = {
    .builtin = LM_BUILTIN_NEG,
    .supports = lm__gpu_unary_int_supports,
    .compile = neg_compile,
};
