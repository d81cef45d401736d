// SPDX-License-Identifier: MIT
#include "gpu_binary.h"

static lm_status less_equal_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_compare_compile(build, node, LM_GPU_LESS_EQUAL, "less_equal", err);
}

const lm__gpu_op lm__gpu_op_less_equal = {
    .builtin = LM_BUILTIN_LESS_EQUAL,
    .supports = lm__gpu_compare_supports,
    .compile = less_equal_compile,
};
