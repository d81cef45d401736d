// SPDX-License-Identifier: MIT
#include "simd_scalar.h"

// Two channels, so that blocks are a multiple of four bytes whatever the taps.
#define UK_NR 2
#define Q8_PARTS 2
#define Q8_TAPS 1

LM_UK_INLINE void q8_step(vi* acc, const uint8_t* in, const uint8_t* in2, const int16_t* w,
                          bool is_signed) {
  (void)in2;
  acc[0] = vi_add(acc[0], (is_signed ? (int8_t)in[0] : in[0]) * w[0]);
  acc[1] = vi_add(acc[1], (is_signed ? (int8_t)in[1] : in[1]) * w[1]);
}
LM_UK_INLINE void q8_store(uint8_t* p, const vi* y, int32_t n) {
  vi_store8_part(p, y[0], n);
  vi_store8_part(p + 1, y[1], n - 1);
}

#define UK_NAME lm__uk_q8_dw_2c__scalar
#include "q8_dw_body.inc"
