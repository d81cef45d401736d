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
#define REACH 12.0

// A sum where the output becomes `level`, while that of the sum before is less.
typedef struct threshold {
  int32_t level;
  int32_t sum;
} threshold;

// Those of the reference that a sum comes so near to that floats may see them elsewhere.
static int32_t near_thresholds(lm_multiplier m, threshold* out) {
  const int right = -m.shift;
  const double units = ldexp((double)m.multiplier, m.shift - 31) * UNITS;  // a step of the sum
  int32_t count = 0;
  for (int32_t k = 1; k <= THRESHOLDS; ++k) {
    // The high multiply has to give `high`, which the shift rounds to k, so that
    // sum * multiplier + 2^30 has to be high * 2^31.
    const int64_t high = right > 0 ? ((int64_t)k << right) - ((int64_t)1 << (right - 1)) : k;
    const int64_t least = high * ((int64_t)1 << 31) - ((int64_t)1 << 30);
    const int64_t sum = (least + m.multiplier - 1) / m.multiplier;
    const double after = (double)(sum * m.multiplier - least) / (double)m.multiplier * units;
    if (after > REACH && units - after > REACH) continue;
    out[count++] = (threshold){k + LOWEST, (int32_t)sum};
  }
  return count;
}

static bool reaches(int32_t sum, float scale, float offset, int32_t level) {
  return rintf(fmaf((float)sum, scale, offset)) >= (float)level * (float)UNITS;
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
