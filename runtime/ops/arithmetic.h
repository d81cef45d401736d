// SPDX-License-Identifier: MIT
//
// What ADD, SUB, MUL and DIV share.
#ifndef LITMARK_OPS_ARITHMETIC_H_
#define LITMARK_OPS_ARITHMETIC_H_

#include "ops/broadcast.h"
#include "ops/rescale.h"

typedef struct lm__arithmetic {
  lm__binary base;
  float float_min, float_max;    ///< fused activation of float outputs
  int64_t int_min, int_max;      ///< fused activation of plain integer outputs
  int32_t quant_min, quant_max;  ///< fused activation of quantized outputs
  int32_t zero_a, zero_b, zero_out;
  int32_t left_shift;
  lm_multiplier scale_a, scale_b, scale_out;
  int32_t right_a, right_b;  ///< shifts of the path for scales that are powers of two
} lm__arithmetic;

/// Which rows an op has. A type whose row is NULL is not supported.
typedef struct lm__arithmetic_rows {
  lm__row f32, i32, i64;
  lm__row i16;  ///< INT16 without quantization
  lm__row quant_u8, quant_i8, quant_i16;
} lm__arithmetic_rows;

/// Checks everything, sets the output's shape and fills clamps and zero points.
lm_status lm__arithmetic_prepare(lm_op_context* context, const lm__arithmetic_rows* rows,
                                 lm__arithmetic** out_params, lm_error* err);

/// True when this node computes on quantized values.
bool lm__arithmetic_is_quantized(const lm_op_context* context);

/// ADD and SUB of quantized tensors: brings both operands to the scale of twice the larger one with
/// `left_shift` extra bits, and that sum to the scale of the output. `pot_row` replaces the row of
/// INT16 tensors whose scales are powers of two (kernels of version 1).
lm_status lm__arithmetic_prepare_sum(lm_op_context* context, lm__arithmetic* params,
                                     lm__row pot_row, lm_error* err);

/// The operands in that common scale.
static inline int32_t lm__sum_operand_a(const lm__arithmetic* p, int32_t value) {
  return lm_multiply((value - p->zero_a) * (1 << p->left_shift), p->scale_a);
}
static inline int32_t lm__sum_operand_b(const lm__arithmetic* p, int32_t value) {
  return lm_multiply((value - p->zero_b) * (1 << p->left_shift), p->scale_b);
}

/// Result in the output's scale from the common one.
static inline int32_t lm__sum_result(const lm__arithmetic* p, int32_t sum) {
  return lm__clamp(lm_multiply(sum, p->scale_out) + p->zero_out, p->quant_min, p->quant_max);
}

static inline float lm__clamp_float(const lm__arithmetic* p, float x) {
  return lm__clampf(x, p->float_min, p->float_max);
}

static inline int64_t lm__clamp_int(const lm__arithmetic* p, int64_t x) {
  return x < p->int_min ? p->int_min : (x > p->int_max ? p->int_max : x);
}

#endif  // LITMARK_OPS_ARITHMETIC_H_
