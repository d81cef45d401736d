// SPDX-License-Identifier: MIT
#include "ops/fixed_point16.h"

#include "litmark/kernel_math.h"

static int16_t wrap(int32_t x) { return (int16_t)(uint16_t)x; }

static int16_t saturate(int32_t x) {
  if (x > INT16_MAX) return INT16_MAX;
  return x < INT16_MIN ? INT16_MIN : (int16_t)x;
}

// High half of 2ab, rounded to nearest, ties away from zero.
static int16_t multiply(int16_t a, int16_t b) {
  if (a == INT16_MIN && b == INT16_MIN) return INT16_MAX;
  const int32_t product = a * b;
  return (int16_t)((product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15));
}

static int16_t divide_by_pot(int16_t x, int32_t exponent) {
  return (int16_t)lm_rounding_divide_by_pot(x, exponent);
}

// A constant of the 32-bit functions in 16 bits.
static int16_t constant(int32_t raw) { return (int16_t)lm_rounding_divide_by_pot(raw, 16); }

// exp(x) for x in [-1/4, 0) without integer bits.
static int16_t exp_quarter(int16_t x) {
  const int16_t exp_minus_eighth = constant(1895147668), third = constant(715827883);
  const int16_t d = wrap(x + (1 << 12));
  const int16_t d2 = multiply(d, d);
  const int16_t d3 = multiply(d2, d);
  const int16_t d4_4 = divide_by_pot(multiply(d2, d2), 2);
  const int16_t tail = divide_by_pot(wrap(multiply(wrap(d4_4 + d3), third) + d2), 1);
  return saturate(exp_minus_eighth + multiply(exp_minus_eighth, wrap(d + tail)));
}

// exp(x) for x <= 0 with `bits` integer bits, 1 to 7.
static int16_t exp_negative(int16_t x, int32_t bits) {
  if (x == 0) return INT16_MAX;
  if (bits > 5 && x < -(1 << (20 - bits))) return 0;  // below -32
  // exp(-2^k) for k = -2, ..., 4.
  static const int32_t kPowers[] = {1672461947, 1302514674, 790015084, 290630308,
                                    39332535,   720401,     242};
  const int32_t quarter = 1 << (13 - bits);
  const int16_t part = (int16_t)((x & (quarter - 1)) - quarter);
  const int32_t rest = part - x;
  int16_t result = exp_quarter(saturate(part * (1 << bits)));
  for (int32_t k = 0; k < 7 && k - 2 < bits; ++k) {
    if ((rest & (quarter << k)) != 0) result = multiply(result, constant(kPowers[k]));
  }
  return result;
}

// 2 / (1 + x) with two integer bits for x in (0, 1): Newton-Raphson from a linear estimate.
static int16_t two_over_one_plus(int16_t x) {
  const int16_t half = (int16_t)((x + INT16_MAX + 1) / 2);
  const int16_t one = 1 << 13;
  int16_t estimate = wrap(constant(1515870810) + multiply(half, constant(-1010580540)));
  for (int32_t i = 0; i < 3; ++i) {
    const int16_t error = wrap(one - multiply(half, estimate));
    estimate = wrap(estimate + saturate(multiply(estimate, error) * 4));
  }
  return estimate;
}

int16_t lm__fp16_tanh(int16_t x, int32_t integer_bits) {
  if (x == 0) return 0;
  const int16_t negative = x < 0 ? x : (int16_t)-x;
  // (1 - e) / (1 + e) with e = exp(2x): doubling is one more integer bit.
  const int16_t e = exp_negative(negative, integer_bits + 1);
  const int16_t result = saturate(wrap(two_over_one_plus(e) - (1 << 13)) * 4);
  return x < 0 ? wrap(-result) : result;
}

int16_t lm__fp16_logistic(int16_t x) {
  if (x == 0) return 1 << 14;
  const int16_t e = exp_negative(x < 0 ? x : (int16_t)-x, 3);
  const int16_t result = saturate(two_over_one_plus(e) * 2);
  return x < 0 ? wrap(INT16_MAX - result) : result;
}
