// SPDX-License-Identifier: MIT
//
// MINIMUM: the smaller of two elements, with broadcasting. Quantized elements are compared as they
// are.
#include "ops/broadcast.h"

LM__BINARY_ROW(minimum_f32, float, float, void, u < v ? u : v)
LM__BINARY_ROW(minimum_u8, uint8_t, uint8_t, void, u < v ? u : v)
LM__BINARY_ROW(minimum_i8, int8_t, int8_t, void, u < v ? u : v)
LM__BINARY_ROW(minimum_i16, int16_t, int16_t, void, u < v ? u : v)
LM__BINARY_ROW(minimum_i32, int32_t, int32_t, void, u < v ? u : v)
LM__BINARY_ROW(minimum_i64, int64_t, int64_t, void, u < v ? u : v)

static lm_status minimum_prepare(lm_op_context* context, lm_error* err) {
  static const lm__binary_kernel kernels[] = {
      {LM_FLOAT32, LM_FLOAT32, minimum_f32}, {LM_UINT8, LM_UINT8, minimum_u8},
      {LM_INT8, LM_INT8, minimum_i8},        {LM_INT16, LM_INT16, minimum_i16},
      {LM_INT32, LM_INT32, minimum_i32},     {LM_INT64, LM_INT64, minimum_i64}};
  return lm__binary_prepare_plain(context, kernels, LM__COUNT(kernels), err);
}

const lm_op lm_op_minimum = {
    .name = "MINIMUM",
    .builtin = LM_BUILTIN_MINIMUM,
    .max_version = 4,
    .in_place_inputs = 1u << 0 | 1u << 1,
    .prepare = minimum_prepare,
    .eval = lm__binary_eval,
};
