// SPDX-License-Identifier: MIT
#include "gpu_space_batch.h"

static lm_status compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_space_batch_compile(build, node, false, "batch_to_space_nd", err);
}

const lm__gpu_op lm__gpu_op_batch_to_space_nd = {
    .builtin = LM_BUILTIN_BATCH_TO_SPACE_ND,
    .supports = lm__gpu_space_batch_supports,
    .compile = compile,
};
