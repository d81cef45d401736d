// SPDX-License-Identifier: MIT
#include <math.h>

#include "gpu_unary.h"

static lm_status relu_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_clamp_compile(build, node, 0.0f, INFINITY, "relu", err);
}

const lm__gpu_op lm__gpu_op_relu = {
    .builtin = LM_BUILTIN_RELU,
    .supports = lm__gpu_unary_supports,
    .compile = relu_compile,
};
