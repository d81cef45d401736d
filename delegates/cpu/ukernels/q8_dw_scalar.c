// SPDX-License-Identifier: MIT
#include "simd_scalar.h"

#define UK_NR 1
#define Q8_PARTS 1
#define Q8_TAPS 1

LM_UK_INLINE void q8_step(vi* acc, const uint8_t* in, const uint8_t* in2, const int16_t* w,
                          bool is_signed) {
  (void)in2;
  acc[0] = vi_add(acc[0], (is_signed ? (int8_t)*in : *in) * *w);
}
LM_UK_INLINE void q8_store(uint8_t* p, const vi* y, int32_t n) { vi_store8_part(p, y[0], n); }

#define UK_NAME lm__uk_q8_dw_1c__scalar
#include "q8_dw_body.inc"
