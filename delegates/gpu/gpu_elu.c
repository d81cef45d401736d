// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status elu_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_ELU, 0.0f, "elu", err);
}

const lm__gpu_op lm__gpu_op_elu = {
    .builtin = LM_BUILTIN_ELU,
    .supports = lm__gpu_unary_supports,
    .compile = elu_compile,
};
