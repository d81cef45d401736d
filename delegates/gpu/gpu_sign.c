// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status sign_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_SIGN, 0.0f, "sign", err);
}

const lm__gpu_op lm__gpu_op_sign = {
    .builtin = LM_BUILTIN_SIGN,
    .supports = lm__gpu_unary_int_supports,
    .compile = sign_compile,
};
