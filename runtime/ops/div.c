// SPDX-License-Identifier: MIT
//
// DIV: element-wise quotient with broadcasting and a fused activation. Integers round toward zero.
#include "ops/arithmetic.h"

// Multiplies by a reciprocal, with as many extra bits as the dividend leaves free.
static inline int32_t quotient(const lm__arithmetic* p, int32_t u, int32_t v) {
  int32_t dividend = u - p->zero_a;
  int32_t divisor = v - p->zero_b;
  if (divisor < 0) {
    dividend = -dividend;
    divisor = -divisor;
  }
  int32_t reciprocal_shift;
  const int32_t reciprocal = lm__reciprocal(divisor, &reciprocal_shift);
  const int32_t headroom = dividend == 0 ? 31 : __builtin_clrsb(dividend);
  const int32_t unscaled = lm_srdhm((int32_t)((uint32_t)dividend << headroom), reciprocal);
  const lm_multiplier scale = {p->scale_out.multiplier,
                               p->scale_out.shift - reciprocal_shift - headroom};
  // A right shift past 31 bits leaves nothing of a 31-bit number. (The format's kernel shifts by
  // more than a word then, which C does not define: it turns quotients near 0 into the largest
  // ones.)
  const int32_t scaled = scale.shift < -31 ? 0 : lm_multiply(unscaled, scale);
  return lm__clamp(scaled + p->zero_out, p->quant_min, p->quant_max);
}

LM__BINARY_ROW(div_f32, float, float, lm__arithmetic, lm__clamp_float(p, u / v))
LM__BINARY_ROW(div_i32, int32_t, int32_t, lm__arithmetic,
               lm__clamp_int(p, v == -1 ? (int32_t)(0u - (uint32_t)u) : u / v))
LM__BINARY_ROW(div_qu8, uint8_t, uint8_t, lm__arithmetic, quotient(p, u, v))
LM__BINARY_ROW(div_qs8, int8_t, int8_t, lm__arithmetic, quotient(p, u, v))
LM__BINARY_ROW(div_qs16, int16_t, int16_t, lm__arithmetic, quotient(p, u, v))

static lm_status div_prepare(lm_op_context* context, lm_error* err) {
  static const lm__arithmetic_rows rows = {.f32 = div_f32,
                                           .i32 = div_i32,
                                           .quant_u8 = div_qu8,
                                           .quant_i8 = div_qs8,
                                           .quant_i16 = div_qs16};
  lm__arithmetic* params;
  LM_TRY(lm__arithmetic_prepare(context, &rows, &params, err));
  if (!lm__arithmetic_is_quantized(context)) return LM_OK;
  const float ratio =
      lm__op_scale(lm_op_input(context, 0)) /
      (lm__op_scale(lm_op_input(context, 1)) * lm__op_scale(lm_op_output(context, 0)));
  return lm__op_multiplier(context, (double)ratio, LM_MAX_SHIFT_32, &params->scale_out, err);
}

static lm_status div_eval(lm_op_context* context, lm_error* err) {
  const lm__arithmetic* params = lm_op_params(context);
  const lm_tensor* divisor = lm_op_input(context, 1);
  if (divisor->type != LM_FLOAT32) {
    LM_TRY(lm__op_check_no_zero(context, divisor, params->zero_b, err));
  }
  return lm__binary_eval(context, err);
}

const lm_op lm_op_div = {
    .name = "DIV",
    .builtin = LM_BUILTIN_DIV,
    .max_version = 2,
    .options = LM_OPTIONS_ARITHMETIC,
    .options_optional = true,
    .in_place_inputs = 1u << 0 | 1u << 1,
    .prepare = div_prepare,
    .eval = div_eval,
};
