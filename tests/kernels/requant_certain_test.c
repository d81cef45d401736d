// SPDX-License-Identifier: MIT
#include <math.h>

#include "kernel_test.h"
#include "requant_certain.h"

// The lane of a kernel that relies on it (q8_gemm_short_avx512vnni.c).
static int32_t by_floats(int32_t sum, float scale, float offset) {
  const double q = rintf(fmaf((float)sum, scale, offset));
  const double upper = floor(q / 65536.0);
  return upper < -128 ? -128 : upper > 127 ? 127 : (int32_t)upper;
}

static int32_t by_integers(int32_t sum, lm_multiplier m) {
  const int32_t y = lm_multiply(sum, m);
  return (y < 0 ? 0 : y > 255 ? 255 : y) - 128;
}

// Every sum up to where the output ends, and some beyond. False: nothing was found for `m`.
static bool check(lm_multiplier m) {
  float scale, offset;
  if (!lm__requant_certain(m, &scale, &offset)) return false;
  const int32_t end = (int32_t)ldexp(256.0, 31 - m.shift) / m.multiplier + 1000;
  for (int32_t sum = -1000; sum <= end; ++sum) {
    const int32_t y = by_floats(sum, scale, offset), want = by_integers(sum, m);
    if (y != want) {
      test_fail("requant_certain: multiplier %d shift %d sum %d: %d, want %d", m.multiplier,
                m.shift, sum, y, want);
      return true;
    }
  }
  static const int32_t far[] = {1 << 24, (1 << 24) + 1, 1 << 28, -(1 << 24) - 1, -(1 << 28)};
  for (size_t i = 0; i < sizeof far / sizeof far[0]; ++i) {
    if (by_floats(far[i], scale, offset) != by_integers(far[i], m)) {
      test_fail("requant_certain: multiplier %d shift %d sum %d", m.multiplier, m.shift, far[i]);
    }
  }
  return true;
}

void test_requant_certain(void) {
  if (!test_begin("requant_certain", 0)) return;
  enum { COUNT = 40, SHIFTS = 11 };
  int certain[SHIFTS] = {0};
  for (int shift = 0; shift < SHIFTS; ++shift) {
    for (int i = 0; i < COUNT; ++i) {
      certain[shift] += check((lm_multiplier){test_between(1 << 30, INT32_MAX), -shift});
    }
  }
  for (int shift = 0; shift < 8; ++shift) {
    if (certain[shift] < COUNT * 9 / 10) test_fail("requant_certain: few of shift %d", -shift);
  }
  const lm_multiplier refused[] = {{0, 0}, {1 << 30, 1}, {1 << 30, -11}};
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; ++i) {
    if (check(refused[i])) test_fail("requant_certain: multiplier %zu is not refused", i);
  }
}
