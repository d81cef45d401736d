// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status leaky_relu_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_leaky_relu_options* options = node->def->options;
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_LEAKY_RELU, options->alpha, "leaky_relu",
                               err);
}

const lm__gpu_op lm__gpu_op_leaky_relu = {
    .builtin = LM_BUILTIN_LEAKY_RELU,
    .supports = lm__gpu_unary_supports,
    .compile = leaky_relu_compile,
};
