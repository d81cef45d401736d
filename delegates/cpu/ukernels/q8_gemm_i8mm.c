// SPDX-License-Identifier: MIT
//
// SMMLA: two rows by two columns, eight products each. Activations as s8.
#include "simd_neon.h"

#define Q8_KR 8
#define Q8_PARTS 2
#define Q8_ROWS 2
#define Q8_B_BYTES 16
typedef int8x16_t q8_a;
typedef int8x16_t q8_b;

LM_UK_INLINE q8_a q8_load_a2(const uint8_t* p, const uint8_t* q, bool flip) {
  const int8x16_t x = vreinterpretq_s8_u8(vcombine_u8(vld1_u8(p), vld1_u8(q)));
  return flip ? veorq_s8(x, vdupq_n_s8(-128)) : x;
}
LM_UK_INLINE q8_b q8_load_b(const uint8_t* p) { return vld1q_s8((const int8_t*)p); }
LM_UK_INLINE vi q8_dot(vi acc, q8_a a, q8_b b) { return vmmlaq_s32(acc, a, b); }
// An accumulator holds two columns of the first row, then of the second.
LM_UK_INLINE vi q8_join_row(const vi* acc, int row) {
  return row == 0 ? vcombine_s32(vget_low_s32(acc[0]), vget_low_s32(acc[1]))
                  : vcombine_s32(vget_high_s32(acc[0]), vget_high_s32(acc[1]));
}

#define UK_NAME lm__uk_q8_gemm_8x8c8__i8mm
#define UK_MR 8
#define UK_NV 2
#include "q8_gemm_body.inc"
