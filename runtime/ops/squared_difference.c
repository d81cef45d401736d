// SPDX-License-Identifier: MIT
//
// SQUARED_DIFFERENCE: (a - b)^2 with broadcasting.
#include "ops/arithmetic.h"

// Seven extra bits, so that the square still fits 32.
#define LEFT_SHIFT 7

static inline int32_t square_of(const lm__arithmetic* p, int32_t u, int32_t v) {
  const int32_t difference = lm__sum_operand_a(p, u) - lm__sum_operand_b(p, v);
  return lm__sum_result(p, difference * difference);
}

LM__BINARY_ROW(square_f32, float, float, void, (u - v) * (u - v))
LM__BINARY_ROW(square_i32, int32_t, int32_t, void,
               ((uint32_t)u - (uint32_t)v) * ((uint32_t)u - (uint32_t)v))
LM__BINARY_ROW(square_qs8, int8_t, int8_t, lm__arithmetic, square_of(p, u, v))

static lm_status prepare_quantized(lm_op_context* context, lm__arithmetic* params, lm_error* err) {
  LM_TRY(lm__binary_check_quantized(context, err));
  const lm_tensor* a = lm_op_input(context, 0);
  const lm_tensor* b = lm_op_input(context, 1);
  const lm_tensor* output = lm_op_output(context, 0);
  params->zero_a = lm__op_zero_point(a);
  params->zero_b = lm__op_zero_point(b);
  params->zero_out = lm__op_zero_point(output);
  params->quant_min = INT8_MIN;
  params->quant_max = INT8_MAX;
  params->left_shift = LEFT_SHIFT;
  const float scale_a = lm__op_scale(a);
  const float scale_b = lm__op_scale(b);
  const double twice_max = (double)(2 * (scale_a > scale_b ? scale_a : scale_b));
  const double divisor = (double)((float)(1 << (2 * LEFT_SHIFT)) * lm__op_scale(output));
  LM_TRY(lm__op_multiplier(context, (double)scale_a / twice_max, LM_MAX_SHIFT_32, &params->scale_a,
                           err));
  LM_TRY(lm__op_multiplier(context, (double)scale_b / twice_max, LM_MAX_SHIFT_32, &params->scale_b,
                           err));
  return lm__op_multiplier(context, twice_max * twice_max / divisor, LM_MAX_SHIFT_32,
                           &params->scale_out, err);
}

static lm_status squared_difference_prepare(lm_op_context* context, lm_error* err) {
  static const lm__binary_kernel kernels[] = {{LM_FLOAT32, LM_FLOAT32, square_f32},
                                              {LM_INT32, LM_INT32, square_i32},
                                              {LM_INT8, LM_INT8, square_qs8}};
  void* params;
  LM_TRY(lm__binary_prepare(context, kernels, LM__COUNT(kernels), sizeof(lm__arithmetic), &params,
                            err));
  if (lm_op_input(context, 0)->type != LM_INT8) return LM_OK;
  return prepare_quantized(context, params, err);
}

const lm_op lm_op_squared_difference = {
    .name = "SQUARED_DIFFERENCE",
    .builtin = LM_BUILTIN_SQUARED_DIFFERENCE,
    .max_version = 3,
    .in_place_inputs = 1u << 0 | 1u << 1,
    .prepare = squared_difference_prepare,
    .eval = lm__binary_eval,
};
