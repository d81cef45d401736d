// SPDX-License-Identifier: MIT
#include "gpu_rows.h"

static lm_status softmax_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_softmax_options* options = node->def->options;
  return lm__gpu_rows_compile(build, node, LM_GPU_SOFTMAX, options->beta, "softmax", err);
}

const lm__gpu_op lm__gpu_op_softmax = {
    .builtin = LM_BUILTIN_SOFTMAX,
    .supports = lm__gpu_rows_supports,
    .compile = softmax_compile,
};
