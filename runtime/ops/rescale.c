// SPDX-License-Identifier: MIT
#include "ops/rescale.h"

#include "ops/fixed_point.h"

static int32_t add_wrapped(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }

int32_t lm__reciprocal(int32_t x, int32_t* out_shift) {
  const int32_t zeros = __builtin_clz((uint32_t)x);
  *out_shift = 31 - zeros;
  return lm_fixed_one_over_one_plus((int32_t)(((uint32_t)x << zeros) - (1u << 31)));
}

lm_multiplier lm__inverse_sqrt(int32_t x) {
  if (x <= 1) return (lm_multiplier){INT32_MAX, 0};
  int32_t shift = 11;
  while (x >= (1 << 29)) {
    x /= 4;
    ++shift;
  }
  const int32_t pairs = (__builtin_clz((uint32_t)x) - 1) / 2 - 1;
  shift -= pairs;
  x <<= 2 * pairs;  // in [2^27, 2^29)
  // Newton and Raphson with 3 integer bits: one is 2^28. The start is 1.
  const int32_t half = lm_rounding_divide_by_pot(x >> 1, 1);
  int32_t y = 1 << 28;
  for (int32_t i = 0; i < 5; ++i) {
    const int32_t cube = lm__fp_shift_left(lm_srdhm(lm_srdhm(y, y), y), 6);
    const int32_t step = add_wrapped(lm_srdhm((1 << 28) + (1 << 27), y), -lm_srdhm(half, cube));
    y = lm__fp_shift_left(step, 3);
  }
  y = lm_srdhm(y, 1518500250);  // sqrt(2) / 2
  if (shift < 0) {
    y = (int32_t)((uint32_t)y << -shift);
    shift = 0;
  }
  return (lm_multiplier){y, -shift};
}
