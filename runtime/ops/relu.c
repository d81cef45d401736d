// SPDX-License-Identifier: MIT
//
// RELU: max(x, 0).
#include <math.h>

#include "ops/relu_util.h"

static lm_status relu_prepare(lm_op_context* context, lm_error* err) {
  return lm__relu_prepare(context, 0.0f, INFINITY, err);
}

const lm_op lm_op_relu = {
    .name = "RELU",
    .builtin = LM_BUILTIN_RELU,
    .max_version = 3,
    .options = LM_OPTIONS_NONE,
    .in_place_inputs = 1u << 0,
    .prepare = relu_prepare,
    .eval = lm__relu_eval,
};
