// SPDX-License-Identifier: MIT
#include "gpu_binary.h"

static lm_status greater_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_compare_compile(build, node, LM_GPU_GREATER, "greater", err);
}

const lm__gpu_op lm__gpu_op_greater = {
    .builtin = LM_BUILTIN_GREATER,
    .supports = lm__gpu_compare_supports,
    .compile = greater_compile,
};
