// SPDX-License-Identifier: MIT
#include "gpu_q8_pool.h"

static lm_status compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_q8_pool_compile(build, node, false, err);
}

const lm__gpu_op lm__gpu_op_q8_average_pool_2d = {LM_BUILTIN_AVERAGE_POOL_2D,
                                                  lm__gpu_q8_pool_supports, compile};
