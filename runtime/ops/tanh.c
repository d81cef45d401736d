// SPDX-License-Identifier: MIT
//
// TANH: the hyperbolic tangent.
#include <math.h>

#include "ops/unary_table.h"

static lm_status tanh_prepare(lm_op_context* context, lm_error* err) {
  return lm__unary_table_prepare(context, tanhf, err);
}

static lm_status tanh_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  lm__unary_table_eval(context, tanhf);
  return LM_OK;
}

const lm_op lm_op_tanh = {
    .name = "TANH",
    .builtin = LM_BUILTIN_TANH,
    .max_version = 3,
    .options = LM_OPTIONS_NONE,
    .in_place_inputs = 1u << 0,
    .prepare = tanh_prepare,
    .eval = tanh_eval,
};
