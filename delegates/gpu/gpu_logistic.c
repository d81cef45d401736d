// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status logistic_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_LOGISTIC, 0.0f, "logistic", err);
}

const lm__gpu_op lm__gpu_op_logistic = {
    .builtin = LM_BUILTIN_LOGISTIC,
    .supports = lm__gpu_unary_supports,
    .compile = logistic_compile,
};
