// SPDX-License-Identifier: MIT
#include "ops/sigmoid16.h"

#include <math.h>
#include <stdlib.h>

// The format's table is the rounded function, except that these entries (bit k of word k / 32) are
// one larger. They are part of what every implementation must reproduce.
static const uint32_t kOneMore[8] = {0xfa7bd110u, 0xc0467baeu, 0x20440005u, 0x00110090u,
                                     0x00000080u, 0x00000000u, 0x00000000u, 0x80000000u};

static void fill_table(uint16_t* table) {
  for (int32_t k = 0; k < 256; ++k) {
    const int32_t rounded = (int32_t)floor(65536.0 / (1.0 + exp(-k / 24.0)) + 0.5);
    table[k] = (uint16_t)(rounded + (int32_t)(kOneMore[k / 32] >> (k % 32) & 1u));
  }
}

// The nearest power of two; false where `x` is none.
static bool find_log2(float x, int32_t* out) {
  const float log_2 = logf(x) * (1.0f / logf(2.0f));
  *out = (int32_t)roundf(log_2);
  return fabsf(log_2 - roundf(log_2)) < 1e-3f;
}

lm_status lm__sigmoid16_prepare(const lm_op_context* context, const lm_tensor* input,
                                const lm_tensor* output, int32_t max_power, lm__sigmoid16* out,
                                lm_error* err) {
  LM_OP_CHECK(context, lm__op_zero_point(input) == 0 && lm__op_zero_point(output) == 0,
              LM_BAD_MODEL, "int16 input has zero point %d, output %d, expected 0",
              lm__op_zero_point(input), lm__op_zero_point(output));
  int32_t power;
  LM_OP_CHECK(context, find_log2(lm__op_scale(output), &power) && power == -15, LM_BAD_MODEL,
              "output has scale %g, expected %g", (double)lm__op_scale(output), 1.0 / 32768);
  fill_table(out->table);
  const bool exact = find_log2(lm__op_scale(input), &power);
  if (exact && power >= -12 && power <= max_power - 12) {
    out->multiplier = 3 << (power + 12);
    out->shift = 0;
    return LM_OK;
  }
  double multiplier = lm__op_scale(input) * 4096.0 * 3.0;
  LM_OP_CHECK(context, multiplier < 65536.0, LM_UNSUPPORTED, "input has scale %g",
              (double)lm__op_scale(input));
  for (out->shift = 0; multiplier <= 32767.0 / 2.0 && out->shift <= 30; ++out->shift) {
    multiplier *= 2.0;
  }
  out->multiplier = (int32_t)multiplier;
  return LM_OK;
}

static int32_t rescale(const lm__sigmoid16* s, int16_t x) {
  const int64_t rounding = s->shift > 0 ? 1LL << (s->shift - 1) : 0;
  return (int32_t)(((int64_t)x * s->multiplier + rounding) >> s->shift);
}

// Entry and its successor, `bits` fractional bits between them, as a number with as many more.
static int32_t interpolate(const lm__sigmoid16* s, uint32_t x, int32_t bits) {
  const uint32_t k = x >> bits;
  const int32_t step = s->table[k + 1] - s->table[k];
  return (s->table[k] << bits) + (int32_t)(x & ((1u << bits) - 1)) * step;
}

int16_t lm__sigmoid16_logistic(const lm__sigmoid16* s, int16_t x) {
  const int32_t scaled = rescale(s, x);
  const uint32_t magnitude = (uint32_t)abs(scaled);
  const int32_t y = magnitude >> 9 >= 255 ? 0x7fff << 10 : interpolate(s, magnitude, 9);
  return (int16_t)((scaled >= 0 ? y + (1 << 9) : (1 << 25) - y + (1 << 9) - 1) >> 10);
}

int16_t lm__sigmoid16_tanh(const lm__sigmoid16* s, int16_t x) {
  const int32_t scaled = rescale(s, x);
  const uint32_t magnitude = (uint32_t)abs(scaled);
  const int32_t y = magnitude >> 8 >= 255 ? 0xffff << 8 : interpolate(s, magnitude, 8);
  const int32_t half = 1 << 23;
  return (int16_t)((scaled >= 0 ? y - half + (1 << 7) : half - y + (1 << 7) - 1) >> 8);
}
