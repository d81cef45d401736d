// SPDX-License-Identifier: MIT
//
// RELU_0_TO_1: x between 0 and 1.
#include "ops/relu_util.h"

static lm_status relu_0_to_1_prepare(lm_op_context* context, lm_error* err) {
  return lm__relu_prepare(context, 0.0f, 1.0f, err);
}

const lm_op lm_op_relu_0_to_1 = {
    .name = "RELU_0_TO_1",
    .builtin = LM_BUILTIN_RELU_0_TO_1,
    .max_version = 3,
    .options = LM_OPTIONS_NONE,
    .in_place_inputs = 1u << 0,
    .prepare = relu_0_to_1_prepare,
    .eval = lm__relu_eval,
};
