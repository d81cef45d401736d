// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status abs_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_ABS, 0.0f, "abs", err);
}

const lm__gpu_op lm__gpu_op_abs = {
    .builtin = LM_BUILTIN_ABS,
    .supports = lm__gpu_unary_int_supports,
    .compile = abs_compile,
};
