// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status rsqrt_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_RSQRT, 0.0f, "rsqrt", err);
}

const lm__gpu_op lm__gpu_op_rsqrt = {
    .builtin = LM_BUILTIN_RSQRT,
    .supports = lm__gpu_unary_partial_supports,
    .compile = rsqrt_compile,
};
