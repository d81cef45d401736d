// SPDX-License-Identifier: MIT
//
// SUM over axes. (The format's own reference kernel reads INT8 and INT16 inputs as if they were
// UINT8; this one computes what the op means, as the format's optimized kernel does.)
#include "ops/reduce_util.h"

LM__REDUCE_ROW(add_f32, float, float, a + x)
LM__REDUCE_ROW(add_i32, int32_t, int32_t, (uint32_t)a + (uint32_t)x)
LM__REDUCE_ROW(add_i64, int64_t, int64_t, (uint64_t)a + (uint64_t)x)

static lm_status sum_prepare(lm_op_context* context, lm_error* err) {
  static const lm__reduce_kernel kernels[] = {
      {LM_FLOAT32, add_f32},      {LM_INT32, add_i32},       {LM_INT64, add_i64},
      {LM_UINT8, lm__sum_row_u8}, {LM_INT8, lm__sum_row_i8}, {LM_INT16, lm__sum_row_i16}};
  void* params;
  LM_TRY(lm__reduce_prepare(context, kernels, LM__COUNT_OF(kernels), sizeof(lm__quantized_sum),
                            &params, err));
  if (!lm__op_is_quantized_type(lm_op_input(context, 0)->type)) return LM_OK;
  return lm__quantized_sum_prepare(context, params, false, err);
}

static lm_status sum_eval(lm_op_context* context, lm_error* err) {
  if (lm__op_is_quantized_type(lm_op_input(context, 0)->type)) {
    return lm__quantized_sum_eval(context, err);
  }
  const int64_t zero = 0;
  lm__reduce_into_output(context, &zero);
  return LM_OK;
}

const lm_op lm_op_sum = {
    .name = "SUM",
    .builtin = LM_BUILTIN_SUM,
    .max_version = 2,
    .options = LM_OPTIONS_REDUCER,
    .options_optional = true,
    .prepare = sum_prepare,
    .eval = sum_eval,
};
