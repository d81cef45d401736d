// SPDX-License-Identifier: MIT
#include "gpu_pool.h"

static lm_status average_pool_2d_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_pool_compile(build, node, LM_GPU_POOL_AVERAGE, "average_pool_2d", err);
}

const lm__gpu_op lm__gpu_op_average_pool_2d = {
    .builtin = LM_BUILTIN_AVERAGE_POOL_2D,
    .supports = lm__gpu_pool_supports,
    .compile = average_pool_2d_compile,
};
