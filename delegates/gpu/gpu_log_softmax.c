// SPDX-License-Identifier: MIT
#include "gpu_rows.h"

static lm_status log_softmax_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_rows_compile(build, node, LM_GPU_LOG_SOFTMAX, 1.0f, "log_softmax", err);
}

const lm__gpu_op lm__gpu_op_log_softmax = {
    .builtin = LM_BUILTIN_LOG_SOFTMAX,
    .supports = lm__gpu_rows_supports,
    .compile = log_softmax_compile,
};
