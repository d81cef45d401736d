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

// Binary places that 32 bits leave for fractions, or fewer than 16.
static int32_t places(const lm__q8_add_args* args) {
  const double factors = fabs((double)args->factor[0]) + fabs((double)args->factor[1]);
  // The largest sum, the largest distance of one to a result, and then some.
  const double reach = 256.0 * factors + fabs((double)args->offset) + 512.0;
  int32_t bits = 22;
  while (bits >= 16 && (ldexp(reach, bits) >= 2147483647.0 || ldexp(factors, bits) >= 8388607.0)) {
    --bits;
  }
  return bits;
}

// Narrows [*low, *high] to the offsets that give row `a` of results.
static void narrow(const lm__q8_linear* k, int32_t a, const int32_t* results, int32_t min,
                   int32_t max, int32_t* low, int32_t* high) {
  const int32_t one = 1 << k->bits;
  int32_t least = *low, most = *high;
  for (int32_t b = 0; b < 256; ++b) {
    const int32_t sum = a * k->factor[0] + (b - 128) * k->factor[1];
    // Clamped results stand for all that lies beyond them.
    const int32_t begin = results[b] == min ? INT32_MIN : results[b] * one - sum;
    const int32_t last = results[b] == max ? INT32_MAX : results[b] * one - sum + (one - 1);
    least = begin > least ? begin : least;
    most = last < most ? last : most;
  }
  *low = least;
  *high = most;
}

// Finds the offset for these factors, where there is one. Operands and results as int8.
static bool find_offset(const lm__q8_add_uk* uk, const lm__q8_add_args* args, lm__q8_linear* k) {
  const int32_t to_s8 = args->is_signed ? 0 : 128;
  const uint8_t flip = args->is_signed ? 0 : 0x80;
  uint8_t all[256], row[256];
  for (int32_t b = 0; b < 256; ++b) all[b] = (uint8_t)(b - 128) ^ flip;
  int32_t low = INT32_MIN, high = INT32_MAX;
  for (int32_t a = -128; a < 128 && low <= high; ++a) {
    const uint8_t single = (uint8_t)a ^ flip;
    const lm__rows rows = {
        .rows = 1, .count = 256, .a = &single, .a_single = true, .b = all, .out = row};
    uk->run(args, &rows);
    int32_t results[256];
    for (int32_t b = 0; b < 256; ++b) results[b] = (int8_t)(row[b] ^ flip);
    narrow(k, a, results, args->min - to_s8, args->max - to_s8, &low, &high);
  }
  if (low > high || low == INT32_MIN || high == INT32_MAX) return false;
  k->offset = (int32_t)(((int64_t)low + high) / 2);
  return true;
}

void lm__cpu_q8_add_linear(const lm__q8_add_uk* uk, lm__q8_add_args* args) {
  lm__q8_linear k = {.bits = places(args)};
  args->linear.is_exact = false;
  if (k.bits < 16 || args->slack >= 0.5f || args->min >= args->max) return;
  // Where the nearest factors do not serve, a neighbour may.
  for (int32_t i = 0; i < 9 && !args->linear.is_exact; ++i) {
    static const int32_t steps[3] = {0, 1, -1};
    k.factor[0] = (int32_t)lround(ldexp((double)args->factor[0], k.bits)) + steps[i % 3];
    k.factor[1] = (int32_t)lround(ldexp((double)args->factor[1], k.bits)) + steps[i / 3];
    k.is_exact = find_offset(uk, args, &k);
    if (k.is_exact) args->linear = k;
  }
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
