// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status cos_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_COS, 0.0f, "cos", err);
}

const lm__gpu_op lm__gpu_op_cos = {
    .builtin = LM_BUILTIN_COS,
    .supports = lm__gpu_unary_supports,
    .compile = cos_compile,
};
