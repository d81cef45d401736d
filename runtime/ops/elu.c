// SPDX-License-Identifier: MIT
//
// ELU: x, or exp(x) - 1 where x is negative.
#include <math.h>

#include "ops/unary_table.h"

static float elu(float x) { return x < 0.0f ? expm1f(x) : x; }

static lm_status elu_prepare(lm_op_context* context, lm_error* err) {
  return lm__unary_table_prepare(context, elu, err);
}

static lm_status elu_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  lm__unary_table_eval(context, elu);
  return LM_OK;
}

const lm_op lm_op_elu = {
    .name = "ELU",
    .builtin = LM_BUILTIN_ELU,
    .max_version = 1,
    .options = LM_OPTIONS_NONE,
    .in_place_inputs = 1u << 0,
    .prepare = elu_prepare,
    .eval = elu_eval,
};
