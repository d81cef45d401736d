// SPDX-License-Identifier: MIT
#include "gpu_binary.h"

static lm_status equal_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_compare_compile(build, node, LM_GPU_EQUAL, "equal", err);
}

const lm__gpu_op lm__gpu_op_equal = {
    .builtin = LM_BUILTIN_EQUAL,
    .supports = lm__gpu_compare_supports,
    .compile = equal_compile,
};
