// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status square_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_SQUARE, 0.0f, "square", err);
}

const lm__gpu_op lm__gpu_op_square = {
    .builtin = LM_BUILTIN_SQUARE,
    .supports = lm__gpu_unary_supports,
    .compile = square_compile,
};
