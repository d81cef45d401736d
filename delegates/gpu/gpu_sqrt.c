// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status sqrt_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_SQRT, 0.0f, "sqrt", err);
}

const lm__gpu_op lm__gpu_op_sqrt = {
    .builtin = LM_BUILTIN_SQRT,
    .supports = lm__gpu_unary_partial_supports,
    .compile = sqrt_compile,
};
