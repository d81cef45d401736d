// SPDX-License-Identifier: MIT
#include "gpu_rows.h"

static lm_status l2_normalization_compile(lm__gpu_build* build, const lm_node* node,
                                          lm_error* err) {
  return lm__gpu_rows_compile(build, node, LM_GPU_L2_NORMALIZATION, 1.0f, "l2_normalization", err);
}

const lm__gpu_op lm__gpu_op_l2_normalization = {
    .builtin = LM_BUILTIN_L2_NORMALIZATION,
    .supports = lm__gpu_rows_supports,
    .compile = l2_normalization_compile,
};
