// SPDX-License-Identifier: MIT
//
// RELU6: x between 0 and 6.
#include "ops/relu_util.h"

static lm_status relu6_prepare(lm_op_context* context, lm_error* err) {
  return lm__relu_prepare(context, 0.0f, 6.0f, err);
}

const lm_op lm_op_relu6 = {
    .name = "RELU6",
    .builtin = LM_BUILTIN_RELU6,
    .max_version = 3,
    .options = LM_OPTIONS_NONE,
    .in_place_inputs = 1u << 0,
    .prepare = relu6_prepare,
    .eval = lm__relu_eval,
};
