// SPDX-License-Identifier: MIT
//
// FLOOR_MOD: the remainder that has the sign of the divisor, with broadcasting.
#include <math.h>

#include "ops/broadcast.h"

static inline float mod_f32(float u, float v) {
  const float rest = fmodf(u, v);
  return rest != 0.0f && (v < 0.0f) != (rest < 0.0f) ? rest + v : rest;
}

static inline int64_t mod_int(int64_t u, int64_t v) {
  if (v == -1) return 0;  // INT64_MIN % -1 overflows
  const int64_t rest = u % v;
  return rest != 0 && (v < 0) != (rest < 0) ? rest + v : rest;
}

LM__BINARY_ROW(floor_mod_f32, float, float, void, mod_f32(u, v))
LM__BINARY_ROW(floor_mod_i8, int8_t, int8_t, void, mod_int(u, v))
LM__BINARY_ROW(floor_mod_i16, int16_t, int16_t, void, mod_int(u, v))
LM__BINARY_ROW(floor_mod_i32, int32_t, int32_t, void, mod_int(u, v))
LM__BINARY_ROW(floor_mod_i64, int64_t, int64_t, void, mod_int(u, v))

static lm_status floor_mod_prepare(lm_op_context* context, lm_error* err) {
  static const lm__binary_kernel kernels[] = {{LM_FLOAT32, LM_FLOAT32, floor_mod_f32},
                                              {LM_INT8, LM_INT8, floor_mod_i8},
                                              {LM_INT16, LM_INT16, floor_mod_i16},
                                              {LM_INT32, LM_INT32, floor_mod_i32},
                                              {LM_INT64, LM_INT64, floor_mod_i64}};
  return lm__binary_prepare_plain(context, kernels, LM__COUNT(kernels), err);
}

static lm_status floor_mod_eval(lm_op_context* context, lm_error* err) {
  const lm_tensor* divisor = lm_op_input(context, 1);
  if (divisor->type != LM_FLOAT32) LM_TRY(lm__op_check_no_zero(context, divisor, 0, err));
  return lm__binary_eval(context, err);
}

const lm_op lm_op_floor_mod = {
    .name = "FLOOR_MOD",
    .builtin = LM_BUILTIN_FLOOR_MOD,
    .max_version = 2,
    .in_place_inputs = 1u << 0 | 1u << 1,
    .prepare = floor_mod_prepare,
    .eval = floor_mod_eval,
};
