// SPDX-License-Identifier: MIT
#include "gpu_binary.h"

static lm_status less_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_compare_compile(build, node, LM_GPU_LESS, "less", err);
}

const lm__gpu_op lm__gpu_op_less = {
    .builtin = LM_BUILTIN_LESS,
    .supports = lm__gpu_compare_supports,
    .compile = less_compile,
};
