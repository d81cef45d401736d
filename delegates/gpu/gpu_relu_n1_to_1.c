// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status relu_n1_to_1_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_clamp_compile(build, node, -1.0f, 1.0f, "relu_n1_to_1", err);
}

const lm__gpu_op lm__gpu_op_relu_n1_to_1 = {
    .builtin = LM_BUILTIN_RELU_N1_TO_1,
    .supports = lm__gpu_unary_supports,
    .compile = relu_n1_to_1_compile,
};
