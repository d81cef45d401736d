// SPDX-License-Identifier: MIT
//
// REDUCE_MAX: the largest element over axes. Nothing to reduce gives the least value of the type.
#include <float.h>

#include "ops/reduce_util.h"

LM__REDUCE_ROW(max_f32, float, float, x > a ? x : a)
LM__REDUCE_ROW(max_i32, int32_t, int32_t, x > a ? x : a)
LM__REDUCE_ROW(max_i64, int64_t, int64_t, x > a ? x : a)
LM__REDUCE_ROW(max_u8, uint8_t, uint8_t, x > a ? x : a)
LM__REDUCE_ROW(max_i8, int8_t, int8_t, x > a ? x : a)
LM__REDUCE_ROW(max_i16, int16_t, int16_t, x > a ? x : a)

static lm_status reduce_max_prepare(lm_op_context* context, lm_error* err) {
  static const lm__reduce_kernel kernels[] = {{LM_FLOAT32, max_f32}, {LM_INT32, max_i32},
                                              {LM_INT64, max_i64},   {LM_UINT8, max_u8},
                                              {LM_INT8, max_i8},     {LM_INT16, max_i16}};
  return lm__reduce_extremum_prepare(context, kernels, LM__COUNT_OF(kernels), err);
}

static lm_status reduce_max_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  static const float f32 = -FLT_MAX;
  static const int32_t i32 = INT32_MIN;
  static const int64_t i64 = INT64_MIN;
  static const uint8_t u8 = 0;
  static const int8_t i8 = INT8_MIN;
  static const int16_t i16 = INT16_MIN;
  const void* initial = &f32;
  switch (lm_op_input(context, 0)->type) {
    case LM_INT32:
      initial = &i32;
      break;
    case LM_INT64:
      initial = &i64;
      break;
    case LM_UINT8:
      initial = &u8;
      break;
    case LM_INT8:
      initial = &i8;
      break;
    case LM_INT16:
      initial = &i16;
      break;
    default:
      break;
  }
  lm__reduce_into_output(context, initial);
  return LM_OK;
}

const lm_op lm_op_reduce_max = {
    .name = "REDUCE_MAX",
    .builtin = LM_BUILTIN_REDUCE_MAX,
    .max_version = 3,
    .options = LM_OPTIONS_REDUCER,
    .options_optional = true,
    .prepare = reduce_max_prepare,
    .eval = reduce_max_eval,
};
