// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status sin_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_SIN, 0.0f, "sin", err);
}

const lm__gpu_op lm__gpu_op_sin = {
    .builtin = LM_BUILTIN_SIN,
    .supports = lm__gpu_unary_supports,
    .compile = sin_compile,
};
