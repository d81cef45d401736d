// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status gelu_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_gelu_options* options = node->def->options;
  return lm__gpu_unary_compile(build, node,
                               options->approximate ? LM_GPU_UNARY_GELU_TANH : LM_GPU_UNARY_GELU,
                               0.0f, "gelu", err);
}

const lm__gpu_op lm__gpu_op_gelu = {
    .builtin = LM_BUILTIN_GELU,
    .supports = lm__gpu_unary_supports,
    .compile = gelu_compile,
};
