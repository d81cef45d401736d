// SPDX-License-Identifier: MIT
//
// EXP: e to the power of each element.
#include <math.h>

#include "ops/unary.h"

LM__UNARY_ROW(exp_f32, float, expf(x))

static float exp_with_context(float x, const void* context) {
  (void)context;
  return expf(x);
}

static lm_status exp_prepare(lm_op_context* context, lm_error* err) {
  static const lm__unary_kernel kernels[] = {
      {LM_FLOAT32, exp_f32}, {LM_INT8, lm__table_row_8}, {LM_INT16, lm__table_row_16}};
  lm__unary* params;
  LM_TRY(lm__unary_prepare(context, LM__KERNELS(kernels), &params, err));
  if (lm_op_input(context, 0)->type == LM_FLOAT32) return LM_OK;
  LM_OP_CHECK(context, lm__unary_is_quantized(context), LM_BAD_MODEL,
              "int16 input without quantization");
  if (params->row == lm__table_row_16) {
    lm__unary_fill_table_16(context, exp_with_context, NULL, params);
  } else {
    lm__unary_table_fill(lm_op_input(context, 0), lm_op_output(context, 0), expf, params->table.u8);
  }
  return LM_OK;
}

const lm_op lm_op_exp = {
    .name = "EXP",
    .builtin = LM_BUILTIN_EXP,
    .max_version = 2,
    .in_place_inputs = 1u << 0,
    .prepare = exp_prepare,
    .eval = lm__unary_eval,
};
