// SPDX-License-Identifier: MIT
//
// FLOOR_DIV: the quotient rounded toward minus infinity, with broadcasting.
#include <math.h>

#include "ops/broadcast.h"

static inline int64_t floor_quotient(int64_t u, int64_t v) {
  const int64_t quotient = u / v;
  return quotient - (u % v != 0 && (u < 0) != (v < 0) ? 1 : 0);
}

LM__BINARY_ROW(floor_div_f32, float, float, void, floor((double)u / (double)v))
LM__BINARY_ROW(floor_div_i8, int8_t, int8_t, void, floor_quotient(u, v))
LM__BINARY_ROW(floor_div_i16, int16_t, int16_t, void, floor_quotient(u, v))
LM__BINARY_ROW(floor_div_i32, int32_t, int32_t, void, floor_quotient(u, v))

static lm_status floor_div_prepare(lm_op_context* context, lm_error* err) {
  static const lm__binary_kernel kernels[] = {{LM_FLOAT32, LM_FLOAT32, floor_div_f32},
                                              {LM_INT8, LM_INT8, floor_div_i8},
                                              {LM_INT16, LM_INT16, floor_div_i16},
                                              {LM_INT32, LM_INT32, floor_div_i32}};
  return lm__binary_prepare_plain(context, kernels, LM__COUNT(kernels), err);
}

static lm_status floor_div_eval(lm_op_context* context, lm_error* err) {
  const lm_tensor* divisor = lm_op_input(context, 1);
  if (divisor->type != LM_FLOAT32) LM_TRY(lm__op_check_no_zero(context, divisor, 0, err));
  return lm__binary_eval(context, err);
}

const lm_op lm_op_floor_div = {
    .name = "FLOOR_DIV",
    .builtin = LM_BUILTIN_FLOOR_DIV,
    .max_version = 3,
    .in_place_inputs = 1u << 0 | 1u << 1,
    .prepare = floor_div_prepare,
    .eval = floor_div_eval,
};
