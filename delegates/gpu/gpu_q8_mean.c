// SPDX-License-Identifier: MIT
#include "gpu_q8_reduce.h"

static lm_status compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_q8_reduce_compile(build, node, true, err);
}

const lm__gpu_op lm__gpu_op_q8_mean = {LM_BUILTIN_MEAN, lm__gpu_q8_reduce_supports, compile};
