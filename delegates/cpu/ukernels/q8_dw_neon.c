// SPDX-License-Identifier: MIT
#include "simd_neon.h"

#define UK_NR 8
#define Q8_PARTS 2
#define Q8_TAPS 1

LM_UK_INLINE void q8_step(vi* acc, const uint8_t* in, const uint8_t* in2, const int16_t* w,
                          bool is_signed) {
  (void)in2;
  const uint8x8_t bytes = vld1_u8(in);
  const int16x8_t x =
      is_signed ? vmovl_s8(vreinterpret_s8_u8(bytes)) : vreinterpretq_s16_u16(vmovl_u8(bytes));
  const int16x8_t weights = vld1q_s16(w);
  acc[0] = vmlal_s16(acc[0], vget_low_s16(x), vget_low_s16(weights));
  acc[1] = vmlal_s16(acc[1], vget_high_s16(x), vget_high_s16(weights));
}
LM_UK_INLINE void q8_store(uint8_t* p, const vi* y, int32_t n) {
  vi_store8_part(p, y[0], n);
  vi_store8_part(p + VI_LANES, y[1], n - VI_LANES);
}

#define UK_NAME lm__uk_q8_dw_8c__neon
#include "q8_dw_body.inc"
