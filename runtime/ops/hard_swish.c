// SPDX-License-Identifier: MIT
//
// HARD_SWISH: x * clamp(x + 3, 0, 6) / 6. For 8-bit inputs prepare tabulates LiteRT's computation
// in 16-bit fixed point.
#include <math.h>

#include "ops/unary_table.h"

static float hard_swish(float x) {
  const float shifted = x + 3;
  const float low = 0.0f < shifted ? shifted : 0.0f;
  return x * (low < 6.0f ? low : 6.0f) / 6;
}

typedef struct factors {
  int32_t output, output_exponent;    // input at high resolution to output, before its right shift
  int32_t reluish, reluish_exponent;  // input at high resolution to units of 3/32768
} factors;

// Keeps the 16 most significant bits of a 32-bit multiplier.
static int32_t upper_half(int32_t multiplier) {
  return multiplier >= INT32_MAX - (1 << 15) ? INT16_MAX : (multiplier + (1 << 15)) >> 16;
}

// High half of 2ab, rounded to nearest, ties away from zero.
static int32_t multiply_round(int32_t a, int32_t b) {
  if (a == INT16_MIN && b == INT16_MIN) return INT16_MAX;
  const int32_t product = a * b;
  return (product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15);
}

// High half of 2ab, rounded toward zero: takes the bias of multiply_round() out again.
static int32_t multiply_truncate(int32_t a, int32_t b) {
  if (a == INT16_MIN && b == INT16_MIN) return INT16_MAX;
  return a * b / (1 << 15);
}

static int32_t shift_left_saturating(int32_t x, int32_t amount) {
  if (amount > 16) amount = 16;  // nothing but 0 survives that anyway
  return lm__clamp((int64_t)x * (1 << amount), INT16_MIN, INT16_MAX);
}

// `x` is the input without its zero point, in [-255, 255].
static int32_t fixed_hard_swish(const factors* f, int32_t x) {
  const int32_t hires = x * (1 << 7);
  const int32_t on_output_scale = multiply_round(hires, f->output);
  int32_t reluish = hires;
  // The last bit of a left shift comes after the multiplication, so that only it can saturate.
  if (f->reluish_exponent > 0) {
    reluish = shift_left_saturating(reluish, f->reluish_exponent - 1);
  }
  reluish = multiply_round(reluish, f->reluish);
  if (f->reluish_exponent > 0) reluish = shift_left_saturating(reluish, 1);
  if (f->reluish_exponent < 0) {
    reluish = lm_rounding_divide_by_pot(reluish, -f->reluish_exponent);
  }
  reluish = (reluish + (1 << 15)) >> 1;  // [-1, 1] to [0, 1]
  return lm_rounding_divide_by_pot(multiply_truncate(reluish, on_output_scale),
                                   -f->output_exponent);
}

static lm_status make_factors(const lm_op_context* context, const lm_tensor* input,
                              const lm_tensor* output, factors* f, lm_error* err) {
  const float hires_scale = (1.0f / 128.0f) * lm__op_scale(input);
  lm_multiplier m;
  LM_TRY(lm__op_multiplier(context, (double)(hires_scale / lm__op_scale(output)), 0, &m, err));
  f->output = upper_half(m.multiplier);
  f->output_exponent = m.shift;
  const float reluish_scale = 3.0f / 32768.0f;
  LM_TRY(lm__op_multiplier(context, (double)(hires_scale / reluish_scale), INT32_MAX, &m, err));
  f->reluish = upper_half(m.multiplier);
  f->reluish_exponent = m.shift;
  return LM_OK;
}

static lm_status hard_swish_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type kTypes[] = {LM_FLOAT32, LM_INT8, LM_UINT8};
  LM_TRY(lm__op_prepare_unary(context, kTypes, 3, err));
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* output = lm_op_output(context, 0);
  if (input->type == LM_FLOAT32) return LM_OK;
  factors f;
  LM_TRY(make_factors(context, input, output, &f, err));
  void* block;
  LM_TRY(lm_op_alloc_params(context, 256, &block, err));
  uint8_t* table = block;
  int32_t low, high;
  lm_type_range(input->type, &low, &high);
  for (int32_t q = low; q <= high; ++q) {
    const int32_t y = fixed_hard_swish(&f, q - lm__op_zero_point(input));
    table[(uint8_t)q] = (uint8_t)lm__clamp(y + lm__op_zero_point(output), low, high);
  }
  return LM_OK;
}

static lm_status hard_swish_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  lm__unary_table_eval(context, hard_swish);
  return LM_OK;
}

const lm_op lm_op_hard_swish = {
    .name = "HARD_SWISH",
    .builtin = LM_BUILTIN_HARD_SWISH,
    .max_version = 1,
    .options = LM_OPTIONS_NONE,
    .in_place_inputs = 1u << 0,
    .prepare = hard_swish_prepare,
    .eval = hard_swish_eval,
};
