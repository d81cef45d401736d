// SPDX-License-Identifier: MIT
//
// POW: a to the power of b, with broadcasting. Integer exponents must not be negative.
#include <math.h>

#include "ops/broadcast.h"

static inline int32_t pow_int(int32_t base, int32_t exponent) {
  uint32_t power = (uint32_t)base;
  uint32_t result = 1;
  for (uint32_t e = (uint32_t)exponent; e != 0; e >>= 1) {
    if (e & 1u) result *= power;
    power *= power;
  }
  return (int32_t)result;
}

LM__BINARY_ROW(pow_f32, float, float, void, powf(u, v))
LM__BINARY_ROW(pow_i32, int32_t, int32_t, void, pow_int(u, v))

static lm_status pow_prepare(lm_op_context* context, lm_error* err) {
  static const lm__binary_kernel kernels[] = {{LM_FLOAT32, LM_FLOAT32, pow_f32},
                                              {LM_INT32, LM_INT32, pow_i32}};
  return lm__binary_prepare_plain(context, kernels, LM__COUNT(kernels), err);
}

static lm_status pow_eval(lm_op_context* context, lm_error* err) {
  const lm_tensor* exponent = lm_op_input(context, 1);
  const int64_t count = exponent->type == LM_INT32 ? lm_shape_count(&exponent->shape) : 0;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t e = lm__op_int_at(exponent, i);
    LM_OP_CHECK(context, e >= 0, LM_BAD_INPUT, "exponent %lld of an integer", (long long)e);
  }
  return lm__binary_eval(context, err);
}

const lm_op lm_op_pow = {
    .name = "POW",
    .builtin = LM_BUILTIN_POW,
    .max_version = 1,
    .in_place_inputs = 1u << 0 | 1u << 1,
    .prepare = pow_prepare,
    .eval = pow_eval,
};
