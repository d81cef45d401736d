// SPDX-License-Identifier: MIT
//
// LOG: natural logarithm of each element. Quantized elements that have none become the least value.
#include <math.h>

#include "ops/unary.h"

LM__UNARY_ROW(log_f32, float, logf(x))

static float log_or_least(float x, const void* context) {
  return x <= 0.0f ? *(const float*)context : logf(x);
}

// Minus infinity saturates to the least value.
static float log_or_minus_infinity(float x) { return x <= 0.0f ? -INFINITY : logf(x); }

static lm_status log_prepare(lm_op_context* context, lm_error* err) {
  static const lm__unary_kernel kernels[] = {
      {LM_FLOAT32, log_f32}, {LM_INT8, lm__table_row_8}, {LM_INT16, lm__table_row_16}};
  lm__unary* params;
  LM_TRY(lm__unary_prepare(context, LM__KERNELS(kernels), &params, err));
  const lm_tensor* output = lm_op_output(context, 0);
  if (output->type == LM_FLOAT32) return LM_OK;
  LM_OP_CHECK(context, lm__unary_is_quantized(context), LM_BAD_MODEL,
              "int16 input without quantization");
  if (output->type == LM_INT8) {
    lm__unary_table_fill(lm_op_input(context, 0), output, log_or_minus_infinity, params->table.u8);
    return LM_OK;
  }
  const float least = (float)INT16_MIN * lm__op_scale(output);
  lm__unary_fill_table_16(context, log_or_least, &least, params);
  return LM_OK;
}

const lm_op lm_op_log = {
    .name = "LOG",
    .builtin = LM_BUILTIN_LOG,
    .max_version = 2,
    .in_place_inputs = 1u << 0,
    .prepare = log_prepare,
    .eval = lm__unary_eval,
};
