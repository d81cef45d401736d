// SPDX-License-Identifier: MIT
#include "ops/fixed_point.h"

// Sums that cannot overflow for valid arguments; wrapping keeps the others defined.
static int32_t add(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
static int32_t sub(int32_t a, int32_t b) { return (int32_t)((uint32_t)a - (uint32_t)b); }

static int32_t saturate(int64_t x) {
  if (x > INT32_MAX) return INT32_MAX;
  return x < INT32_MIN ? INT32_MIN : (int32_t)x;
}

int32_t lm__fp_shift_left(int32_t x, int32_t exponent) {
  return saturate((int64_t)x * ((int64_t)1 << exponent));
}

int32_t lm__fp_leading_zeros(uint32_t x) {
  int32_t n = 32;
  for (; x != 0; x >>= 1) --n;
  return n;
}

// exp(x) for x in [-1/4, 0) in Q0: the Taylor polynomial of degree 4 around -1/8.
static int32_t exp_quarter(int32_t x) {
  const int32_t exp_minus_eighth = 1895147668;
  const int32_t third = 715827883;
  const int32_t d = add(x, 1 << 28);
  const int32_t d2 = lm_srdhm(d, d);
  const int32_t d3 = lm_srdhm(d2, d);
  const int32_t d4 = lm_srdhm(d2, d2);
  const int32_t d4_4 = lm_rounding_divide_by_pot(d4, 2);
  const int32_t tail = lm_rounding_divide_by_pot(add(lm_srdhm(add(d4_4, d3), third), d2), 1);
  return add(exp_minus_eighth, lm_srdhm(exp_minus_eighth, add(d, tail)));
}

int32_t lm_fixed_exp_q5(int32_t x) {
  if (x == 0) return INT32_MAX;
  // exp(-2^k) for k = -2, ..., 4 in Q0.
  static const int32_t kPowers[] = {1672461947, 1302514674, 790015084, 290630308,
                                    39332535,   720401,     242};
  const int32_t quarter = 1 << 24;
  // x = part - rest with part in [-1/4, 0) and rest a multiple of 1/4.
  const int32_t part = (x & (quarter - 1)) - quarter;
  const int32_t rest = sub(part, x);
  int32_t result = exp_quarter(lm__fp_shift_left(part, 5));
  for (int32_t k = 0; k < 7; ++k) {
    if ((rest & (quarter << k)) != 0) result = lm_srdhm(result, kPowers[k]);
  }
  return result;
}

int32_t lm_fixed_one_over_one_plus(int32_t x) {
  const int64_t sum = (int64_t)x + INT32_MAX;
  const int32_t half = (int32_t)((sum + (sum >= 0 ? 1 : -1)) / 2);  // half the denominator, Q0
  const int32_t one = 1 << 29;                                      // Q2
  // Newton-Raphson from the linear estimate 48/17 - 32/17 * d, all in Q2.
  int32_t estimate = add(1515870810, lm_srdhm(half, -1010580540));
  for (int32_t i = 0; i < 3; ++i) {
    const int32_t error = sub(one, lm_srdhm(half, estimate));
    estimate = add(estimate, lm__fp_shift_left(lm_srdhm(estimate, error), 2));
  }
  return lm__fp_shift_left(estimate, 1);
}

// The logarithm of the power of two that is left over, in Q6: (12 - zeros) +- 1/4.
static int32_t power_q6(int32_t zeros, int32_t quarter) {
  return saturate((int64_t)lm__fp_shift_left(12 - zeros, 25) + quarter);
}

int32_t lm__fp_log_q12(int32_t x) {
  const int32_t log_2 = 1488522236, sqrt_half = 1518500250, fourth_root_half = 1805811301;
  const int32_t alpha_n = 117049297, alpha_d = 127690142, alpha_i = 1057819769, alpha_f = 638450708;
  const int32_t quarter = 1 << 23;  // Q6

  // Two candidates for scaling x to around 1: by its own leading zeros, and by those of x / sqrt 2.
  const int32_t zeros_a = lm__fp_leading_zeros((uint32_t)x);
  const int32_t scaled_a = lm__fp_shift_left(
      lm_srdhm(lm__fp_shift_left(x, zeros_a > 0 ? zeros_a - 1 : 0), sqrt_half), 1);
  const int32_t power_a = power_q6(zeros_a, quarter);
  const int32_t zeros_b = lm__fp_leading_zeros((uint32_t)lm_srdhm(x, sqrt_half)) - 1;
  const int32_t scaled_b = lm__fp_shift_left(x, zeros_b > 0 ? zeros_b : 0);
  const int32_t power_b = power_q6(zeros_b, -quarter);

  const int32_t r = scaled_a < scaled_b ? scaled_a : scaled_b;
  const int32_t power = power_a > power_b ? power_a : power_b;
  const int64_t sum = (int64_t)r + fourth_root_half;
  const int32_t p = (int32_t)((sum + (sum >= 0 ? 1 : -1)) / 2);
  const int32_t half_q = sub(r, fourth_root_half);
  const int32_t q = add(half_q, half_q);
  const int32_t q2 = lm_srdhm(q, q);
  const int32_t numerator = add(lm_srdhm(q, r), lm_srdhm(lm_srdhm(q, q2), alpha_n));
  const int32_t denominator =
      add(lm_srdhm(p, add(add(alpha_i, q), lm_srdhm(alpha_d, q2))), lm_srdhm(alpha_f, q));
  const int32_t inverse = lm_fixed_one_over_one_plus(denominator);
  const int32_t fraction = lm_srdhm(lm_rounding_divide_by_pot(numerator, 6), inverse);
  return lm__fp_shift_left(add(lm_srdhm(power, log_2), fraction), 1);
}
