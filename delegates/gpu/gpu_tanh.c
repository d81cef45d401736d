// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status tanh_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_TANH, 0.0f, "tanh", err);
}

const lm__gpu_op lm__gpu_op_tanh = {
    .builtin = LM_BUILTIN_TANH,
    .supports = lm__gpu_unary_supports,
    .compile = tanh_compile,
};
