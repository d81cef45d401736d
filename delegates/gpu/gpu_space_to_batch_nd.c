// SPDX-License-Identifier: MIT
#include "gpu_space_batch.h"

static lm_status compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_space_batch_compile(build, node, true, "space_to_batch_nd", err);
}

const lm__gpu_op lm__gpu_op_space_to_batch_nd = {
    .builtin = LM_BUILTIN_SPACE_TO_BATCH_ND,
    .supports = lm__gpu_space_batch_supports,
    .compile = compile,
};
