// SPDX-License-Identifier: MIT
//
// LOGISTIC: 1 / (1 + exp(-x)). 8-bit outputs have the scale 1/256.
#include <math.h>

#include "ops/unary_table.h"

static float plain_logistic(float x) { return 1.0f / (1.0f + expf(-x)); }

// LiteRT's float kernel cuts both ends off.
static float logistic(float x) {
  if (x > 16.619047164916992188f) return 1.0f;
  if (x < -9.0f) return expf(x);
  return plain_logistic(x);
}

static lm_status logistic_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__unary_table_prepare(context, plain_logistic, err));
  const lm_tensor* output = lm_op_output(context, 0);
  LM_OP_CHECK(context, output->type == LM_FLOAT32 || lm__op_scale(output) == 1.0f / 256,
              LM_BAD_MODEL, "output has scale %g, expected %g", (double)lm__op_scale(output),
              1.0 / 256);
  return LM_OK;
}

static lm_status logistic_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  lm__unary_table_eval(context, logistic);
  return LM_OK;
}

const lm_op lm_op_logistic = {
    .name = "LOGISTIC",
    .builtin = LM_BUILTIN_LOGISTIC,
    .max_version = 3,
    .options = LM_OPTIONS_NONE,
    .in_place_inputs = 1u << 0,
    .prepare = logistic_prepare,
    .eval = logistic_eval,
};
