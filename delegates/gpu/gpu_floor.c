// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static lm_status floor_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_FLOOR, 0.0f, "floor", err);
}

const lm__gpu_op lm__gpu_op_floor = {
    .builtin = LM_BUILTIN_FLOOR,
    .supports = lm__gpu_unary_supports,
    .compile = floor_compile,
};
