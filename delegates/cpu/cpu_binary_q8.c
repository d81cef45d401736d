// SPDX-License-Identifier: MIT
//
// Fixed-point factors of ADD, SUB and MUL as the reference kernels compute them, and bounds on what
// the same in floats may be wrong by.
#include <math.h>

#include "cpu_binary.h"

// Rescale factors of the two inputs and of the sum, in the reference's precision.
static void add_multipliers(const lm_tensor* a, const lm_tensor* b, const lm_tensor* output,
                            lm_multiplier* out) {
  const float scale_a = a->quantization.scales[0], scale_b = b->quantization.scales[0];
  const double twice_max = (double)(2 * (scale_a > scale_b ? scale_a : scale_b));
  const double divisor = (double)((float)(1 << 20) * output->quantization.scales[0]);
  out[0] = lm_multiplier_make((double)scale_a / twice_max);
  out[1] = lm_multiplier_make((double)scale_b / twice_max);
  out[2] = lm_multiplier_make(twice_max / divisor);
}

static double real_of(lm_multiplier m) { return ldexp(m.multiplier, m.shift - 31); }

// In units of the output: floats round each of two products and sums (a unit in the last place is
// at most 2^-23 of the largest number); the reference rounds both inputs twice to 2^-20 of
// their common scale, and then the result to 2^-right before it rounds it for good.
static float add_slack(const lm__q8_add_args* args, const lm_multiplier* m) {
  const double largest = 256.0 * (fabs((double)args->factor[0]) + fabs((double)args->factor[1])) +
                         fabs((double)args->offset);
  const double floats = 4.0 * ldexp(largest, -23);
  const double inputs = 2.5 * real_of(m[2]);
  const double first = ldexp(1.0, -args->right[2] - 1);
  const double slack = floats + inputs + first;
  return slack < 1.0 / 16 ? (float)slack * 1.01f : 0.5f;
}

void lm__cpu_q8_add_args(const lm_tensor* a, const lm_tensor* b, const lm_tensor* output,
                         bool is_subtract, lm__q8_add_args* out_args) {
  lm_multiplier m[3];
  add_multipliers(a, b, output, m);
  *out_args = (lm__q8_add_args){
      .is_signed = output->type == LM_INT8,
      .is_subtract = is_subtract,
      .zero_point = {a->quantization.zero_points[0], b->quantization.zero_points[0]},
      .multiplier = {m[0].multiplier, m[1].multiplier, m[2].multiplier},
      .right = {-m[0].shift, -m[1].shift, -m[2].shift},
      .output_zero_point = output->quantization.zero_points[0],
  };
  const double scale = ldexp(real_of(m[2]), 20);
  const double factor_a = real_of(m[0]) * scale;
  const double factor_b = real_of(m[1]) * scale * (is_subtract ? -1.0 : 1.0);
  out_args->factor[0] = (float)factor_a;
  out_args->factor[1] = (float)factor_b;
  out_args->offset = (float)(out_args->output_zero_point - factor_a * out_args->zero_point[0] -
                             factor_b * out_args->zero_point[1]);
  out_args->slack = add_slack(out_args, m);
}

void lm__cpu_q8_mul_args(const lm_tensor* a, const lm_tensor* b, const lm_tensor* output,
                         lm__q8_mul_args* out_args) {
  // In single precision, as the reference computes it.
  const float ratio =
      a->quantization.scales[0] * b->quantization.scales[0] / output->quantization.scales[0];
  const lm_multiplier m = lm_multiplier_make((double)ratio);
  const int32_t right = m.shift < 0 ? -m.shift : 0;
  *out_args = (lm__q8_mul_args){
      .is_signed = output->type == LM_INT8,
      .zero_point = {a->quantization.zero_points[0], b->quantization.zero_points[0]},
      .multiplier = m.multiplier,
      .left = m.shift > 0 ? m.shift : 0,
      .right = right,
      .output_zero_point = output->quantization.zero_points[0],
      .factor = (float)real_of(m),
      .nudge = right > 0 ? ldexpf(1.0f, -right - 1) : 0.0f,
  };
  // What is farther than 512 from 0 saturates either way; below, floats are wrong by less than
  // 3 * 2^-15. A left shift may wrap in the reference.
  out_args->slack = m.shift > 0 ? 0.5f : 1.0f / 8192;
}
