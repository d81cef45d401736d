// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status ceil_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_CEIL, 0.0f, "ceil", err);
}

const lm__gpu_op lm__gpu_op_ceil = {
    .builtin = LM_BUILTIN_CEIL,
    .supports = lm__gpu_unary_supports,
    .compile = ceil_compile,
};
