// SPDX-License-Identifier: MIT
//
// MUL: element-wise product with broadcasting and a fused activation.
#include "ops/arithmetic.h"

// The product of two zero-corrected operands, rescaled in one step.
static inline int32_t product(const lm__arithmetic* p, int32_t u, int32_t v) {
  const int32_t scaled = lm_multiply((u - p->zero_a) * (v - p->zero_b), p->scale_out);
  return lm__clamp(scaled + p->zero_out, p->quant_min, p->quant_max);
}

LM__BINARY_ROW(mul_f32, float, float, lm__arithmetic, lm__clamp_float(p, u* v))
LM__BINARY_ROW(mul_i16, int16_t, int16_t, lm__arithmetic,
               lm__clamp_int(p, (int16_t)((uint32_t)u*(uint32_t)v)))
LM__BINARY_ROW(mul_i32, int32_t, int32_t, lm__arithmetic,
               lm__clamp_int(p, (int32_t)((uint32_t)u*(uint32_t)v)))
LM__BINARY_ROW(mul_i64, int64_t, int64_t, lm__arithmetic,
               lm__clamp_int(p, (int64_t)((uint64_t)u*(uint64_t)v)))
LM__BINARY_ROW(mul_qu8, uint8_t, uint8_t, lm__arithmetic, product(p, u, v))
LM__BINARY_ROW(mul_qs8, int8_t, int8_t, lm__arithmetic, product(p, u, v))
LM__BINARY_ROW(mul_qs16, int16_t, int16_t, lm__arithmetic, product(p, u, v))

static lm_status mul_prepare(lm_op_context* context, lm_error* err) {
  static const lm__arithmetic_rows rows = {.f32 = mul_f32,
                                           .i32 = mul_i32,
                                           .i64 = mul_i64,
                                           .i16 = mul_i16,
                                           .quant_u8 = mul_qu8,
                                           .quant_i8 = mul_qs8,
                                           .quant_i16 = mul_qs16};
  lm__arithmetic* params;
  LM_TRY(lm__arithmetic_prepare(context, &rows, &params, err));
  if (!lm__arithmetic_is_quantized(context)) return LM_OK;
  // In single precision, as the format's kernels compute it.
  const float ratio = lm__op_scale(lm_op_input(context, 0)) *
                      lm__op_scale(lm_op_input(context, 1)) /
                      lm__op_scale(lm_op_output(context, 0));
  return lm__op_multiplier(context, (double)ratio, LM_MAX_SHIFT_32, &params->scale_out, err);
}

const lm_op lm_op_mul = {
    .name = "MUL",
    .builtin = LM_BUILTIN_MUL,
    .max_version = 7,
    .options = LM_OPTIONS_ARITHMETIC,
    .options_optional = true,
    .in_place_inputs = 1u << 0 | 1u << 1,
    .prepare = mul_prepare,
    .eval = lm__binary_eval,
};
