// SPDX-License-Identifier: MIT
//
// SUB: element-wise difference with broadcasting and a fused activation.
#include "ops/arithmetic.h"

LM__BINARY_ROW(sub_f32, float, float, lm__arithmetic, lm__clamp_float(p, u - v))
LM__BINARY_ROW(sub_i32, int32_t, int32_t, lm__arithmetic,
               lm__clamp_int(p, (int32_t)((uint32_t)u - (uint32_t)v)))
LM__BINARY_ROW(sub_i64, int64_t, int64_t, lm__arithmetic,
               lm__clamp_int(p, (int64_t)((uint64_t)u - (uint64_t)v)))
LM__BINARY_ROW(sub_qu8, uint8_t, uint8_t, lm__arithmetic,
               lm__sum_result(p, lm__sum_operand_a(p, u) - lm__sum_operand_b(p, v)))
LM__BINARY_ROW(sub_qs8, int8_t, int8_t, lm__arithmetic,
               lm__sum_result(p, lm__sum_operand_a(p, u) - lm__sum_operand_b(p, v)))
LM__BINARY_ROW(sub_qs16, int16_t, int16_t, lm__arithmetic,
               lm__sum_result(p, lm__sum_operand_a(p, u) - lm__sum_operand_b(p, v)))
LM__BINARY_ROW(sub_pot16, int16_t, int16_t, lm__arithmetic,
               lm__clamp(lm_rounding_divide_by_pot(u, p->right_a) -
                             lm_rounding_divide_by_pot(v, p->right_b),
                         p->quant_min, p->quant_max))

static lm_status sub_prepare(lm_op_context* context, lm_error* err) {
  static const lm__arithmetic_rows rows = {.f32 = sub_f32,
                                           .i32 = sub_i32,
                                           .i64 = sub_i64,
                                           .quant_u8 = sub_qu8,
                                           .quant_i8 = sub_qs8,
                                           .quant_i16 = sub_qs16};
  lm__arithmetic* params;
  LM_TRY(lm__arithmetic_prepare(context, &rows, &params, err));
  if (!lm__arithmetic_is_quantized(context)) return LM_OK;
  return lm__arithmetic_prepare_sum(context, params, sub_pot16, err);
}

const lm_op lm_op_sub = {
    .name = "SUB",
    .builtin = LM_BUILTIN_SUB,
    .max_version = 5,
    .options = LM_OPTIONS_ARITHMETIC,
    .options_optional = true,
    .in_place_inputs = 1u << 0 | 1u << 1,
    .prepare = sub_prepare,
    .eval = lm__binary_eval,
};
