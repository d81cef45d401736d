// SPDX-License-Identifier: MIT
#include "requant_certain.h"

#include <math.h>
#include <stdint.h>

#define THRESHOLDS 255
// Fixed point with 16 fraction bits; the lowest output is -128.
#define UNITS 65536.0
#define LOWEST (-128)
// What is tried: offsets up to 3 units away in quarters of one, scales up to two last places away,
// which are worth up to two units each where the sum is largest.
#define OFFSETS 25
#define SCALES 5
// Units that such a result is off by at most: these 7, and less than 2 by roundings
// (requant_avx512.h).
#define REACH 12

// A sum where the output becomes `level`, while that of the sum before is less.
typedef struct threshold {
  int32_t level;
  int32_t sum;
} threshold;

// Those of the reference that a sum comes so near to that floats may see them elsewhere.
static int32_t near_thresholds(lm_multiplier m, threshold* out) {
  const int right = -m.shift;
  // The high multiply has to give k * 2^right - 2^(right - 1), which the shift rounds to k; or k
  // where nothing is shifted. So sum * multiplier has to be `least` for k = 1, then `step` more for
  // each level.
  const int64_t one = (int64_t)1 << 31, step = one << right;
  const int64_t least = (right > 0 ? step / 2 : one) - one / 2;
  const int64_t reach = (int64_t)REACH << (right + 15);
  const int64_t step_sums = step / m.multiplier, step_rest = step % m.multiplier;
  int64_t sum = (least + m.multiplier - 1) / m.multiplier;
  int64_t after = sum * m.multiplier - least;  // in [0, multiplier)
  int32_t count = 0;
  for (int32_t k = 1; k <= THRESHOLDS; ++k) {
    if (after <= reach || m.multiplier - after <= reach) {
      out[count++] = (threshold){k + LOWEST, (int32_t)sum};
    }
    sum += step_sums;
    after -= step_rest;
    if (after < 0) {
      after += m.multiplier;
      ++sum;
    }
  }
  return count;
}

// Halves round to what is even, as levels are.
static bool reaches(int32_t sum, float scale, float offset, int32_t level) {
  return fmaf((float)sum, scale, offset) >= (float)(level * UNITS - 0.5);
}

static bool agrees(const threshold* t, int32_t count, float scale, float offset) {
  for (int32_t i = 0; i < count; ++i) {
    if (!reaches(t[i].sum, scale, offset, t[i].level)) return false;
    if (reaches(t[i].sum - 1, scale, offset, t[i].level)) return false;
  }
  return true;
}

// 0, 1, -1, 2, -2, ...
static int away(int i) { return i % 2 != 0 ? (i + 1) / 2 : -i / 2; }

bool lm__requant_certain(lm_multiplier m, float* out_scale, float* out_offset) {
  // Larger multipliers are rare. Of smaller ones thresholds lie so dense that some sum is always
  // too near; and integers would not hold them.
  if (m.multiplier <= 0 || m.shift > 0 || m.shift < -11) return false;
  threshold near[THRESHOLDS];
  const int32_t count = near_thresholds(m, near);
  const float scale = (float)(ldexp((double)m.multiplier, m.shift - 31) * UNITS);
  const double half = m.shift < 0 ? ldexp(UNITS, m.shift - 1) : 0.0;  // see requant_avx512.h
  const double offset = LOWEST * UNITS + UNITS / 2 + half;
  const float place = nextafterf(scale, INFINITY) - scale;
  for (int i = 0; i < OFFSETS * SCALES; ++i) {
    const float tried_scale = scale + (float)away(i % SCALES) * place;
    const float tried_offset = (float)(offset + away(i / SCALES) * 0.25);
    if (!agrees(near, count, tried_scale, tried_offset)) continue;
    *out_scale = tried_scale;
    *out_offset = tried_offset;
    return true;
  }
  return false;
}
