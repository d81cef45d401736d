// SPDX-License-Identifier: MIT
//
// GELU: x times the normal distribution's cumulative function at x, exactly by erfc, which keeps
// its digits for negative x, or by the usual approximation with tanh.
#include <math.h>

#include "ops/unary_table.h"

static float exact_gelu(float x) { return 0.5f * x * erfcf(x * -0.70710678118654752440f); }

static float approximate_gelu(float x) {
  const float sqrt_2_by_pi = 0.79788456080286535588f;
  return 0.5f * x * (1.0f + tanhf(sqrt_2_by_pi * (x + 0.044715f * x * x * x)));
}

static lm__unary_function function_of(const lm_op_context* context) {
  const lm_gelu_options* options = lm_op_node(context)->def->options;
  return options->approximate ? approximate_gelu : exact_gelu;
}

static lm_status gelu_prepare(lm_op_context* context, lm_error* err) {
  return lm__unary_table_prepare(context, function_of(context), err);
}

static lm_status gelu_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  lm__unary_table_eval(context, function_of(context));
  return LM_OK;
}

const lm_op lm_op_gelu = {
    .name = "GELU",
    .builtin = LM_BUILTIN_GELU,
    .max_version = 2,
    .options = LM_OPTIONS_GELU,
    .in_place_inputs = 1u << 0,
    .prepare = gelu_prepare,
    .eval = gelu_eval,
};
