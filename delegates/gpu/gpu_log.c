// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status log_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_LOG, 0.0f, "log", err);
}

const lm__gpu_op lm__gpu_op_log = {
    .builtin = LM_BUILTIN_LOG,
    .supports = lm__gpu_unary_partial_supports,
    .compile = log_compile,
};
