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

// Of 2^32; `part` is less than `whole`.
static uint32_t fraction_of(int64_t part, int64_t whole) {
  return (uint32_t)(((uint64_t)part << 32) / (uint64_t)whole);
}

// Those of the reference that a sum comes so near to that floats may see them elsewhere.
static int32_t near_thresholds(lm_multiplier m, threshold* out) {
  const int right = -m.shift;
  // The high multiply has to give k * 2^right - 2^(right - 1), which the shift rounds to k; or k
  // where nothing is shifted. So sum * multiplier has to be `least` for k = 1, then `step` more for
  // each level.
  const int64_t one = (int64_t)1 << 31, step = one << right;
  const int64_t least = (right > 0 ? step / 2 : one) - one / 2;
  const int64_t multiplier = m.multiplier, reach = (int64_t)REACH << (right + 15);
  // How far the sum goes beyond, as a fraction of 2^32 that wraps like a fraction of the
  // multiplier; rounded down at each of the steps, for which the reach is wider.
  const int64_t first = (multiplier - least % multiplier) % multiplier;
  const uint32_t beyond = fraction_of(first, multiplier);
  const uint32_t less = fraction_of(step % multiplier, multiplier);
  const uint32_t near = fraction_of(reach, multiplier) + THRESHOLDS + 1;
  uint8_t levels[THRESHOLDS];
  int32_t count = 0;
  for (uint32_t k = 0; k < THRESHOLDS; ++k) {  // without branches that nobody could predict
    levels[count] = (uint8_t)k;
    count += beyond - k * less + near <= 2 * near;
  }
  for (int32_t i = 0; i < count; ++i) {
    const int64_t wanted = least + levels[i] * step;
    out[i] = (threshold){levels[i] + 1 + LOWEST, (int32_t)((wanted + multiplier - 1) / multiplier)};
  }
  return count;
}

// Halves round to what is even, as levels are.
static bool reaches(int32_t sum, float scale, float offset, int32_t level) {
  return fmaf((float)sum, scale, offset) >= (float)(level * UNITS - 0.5);
}

// The one that does not comes first then: it is where other scales and offsets fail, too.
static bool agrees(threshold* t, int32_t count, float scale, float offset) {
  for (int32_t i = 0; i < count; ++i) {
    const threshold at = t[i];
    if (reaches(at.sum, scale, offset, at.level) && !reaches(at.sum - 1, scale, offset, at.level)) {
      continue;
    }
    t[i] = t[0];
    t[0] = at;
    return false;
  }
  return true;
}

// 0, 1, -1, 2, -2, ...
static int away(int i) { return i % 2 != 0 ? (i + 1) / 2 : -i / 2; }

bool lm__requant_certain(lm_multiplier m, float* out_scale, float* out_offset) {
  // Larger multipliers are rare. Of smaller ones thresholds lie so dense that some sum is always
  // too near; and integers would not hold them.
  if (m.multiplier <= 0 || m.shift > 0 || m.shift < -10) return false;
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
