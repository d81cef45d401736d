// SPDX-License-Identifier: MIT
//
// ADD: element-wise sum with broadcasting and a fused activation.
#include "ops/arithmetic.h"

LM__BINARY_ROW(add_f32, float, float, lm__arithmetic, lm__clamp_float(p, u + v))
LM__BINARY_ROW(add_i16, int16_t, int16_t, lm__arithmetic, lm__clamp_int(p, (int16_t)(u + v)))
LM__BINARY_ROW(add_i32, int32_t, int32_t, lm__arithmetic,
               lm__clamp_int(p, (int32_t)((uint32_t)u + (uint32_t)v)))
LM__BINARY_ROW(add_i64, int64_t, int64_t, lm__arithmetic,
               lm__clamp_int(p, (int64_t)((uint64_t)u + (uint64_t)v)))
LM__BINARY_ROW(add_qu8, uint8_t, uint8_t, lm__arithmetic,
               lm__sum_result(p, lm__sum_operand_a(p, u) + lm__sum_operand_b(p, v)))
LM__BINARY_ROW(add_qs8, int8_t, int8_t, lm__arithmetic,
               lm__sum_result(p, lm__sum_operand_a(p, u) + lm__sum_operand_b(p, v)))
LM__BINARY_ROW(add_qs16, int16_t, int16_t, lm__arithmetic,
               lm__sum_result(p, lm__sum_operand_a(p, u) + lm__sum_operand_b(p, v)))
LM__BINARY_ROW(add_pot16, int16_t, int16_t, lm__arithmetic,
               lm__clamp(lm_rounding_divide_by_pot(u, p->right_a) +
                             lm_rounding_divide_by_pot(v, p->right_b),
                         p->quant_min, p->quant_max))

static lm_status add_prepare(lm_op_context* context, lm_error* err) {
  static const lm__arithmetic_rows rows = {.f32 = add_f32,
                                           .i32 = add_i32,
                                           .i64 = add_i64,
                                           .i16 = add_i16,
                                           .quant_u8 = add_qu8,
                                           .quant_i8 = add_qs8,
                                           .quant_i16 = add_qs16};
  lm__arithmetic* params;
  LM_TRY(lm__arithmetic_prepare(context, &rows, &params, err));
  if (!lm__arithmetic_is_quantized(context)) return LM_OK;
  return lm__arithmetic_prepare_sum(context, params, add_pot16, err);
}

const lm_op lm_op_add = {
    .name = "ADD",
    .builtin = LM_BUILTIN_ADD,
    .max_version = 5,
    .options = LM_OPTIONS_ARITHMETIC,
    .options_optional = true,
    .in_place_inputs = 1u << 0 | 1u << 1,
    .prepare = add_prepare,
    .eval = lm__binary_eval,
};
