// SPDX-License-Identifier: MIT
//
// SDOT: activations as s8.
#include "simd_neon.h"

#define Q8_KR 4
#define Q8_PARTS 1
#define Q8_B_BYTES 16
typedef int8x16_t q8_a;
typedef int8x16_t q8_b;

LM_UK_INLINE q8_a q8_load_a(const uint8_t* p, bool flip) {
  int32_t bytes;
  memcpy(&bytes, p, sizeof bytes);
  const int8x16_t x = vreinterpretq_s8_s32(vdupq_n_s32(bytes));
  return flip ? veorq_s8(x, vdupq_n_s8(-128)) : x;
}
LM_UK_INLINE q8_b q8_load_b(const uint8_t* p) { return vld1q_s8((const int8_t*)p); }
LM_UK_INLINE vi q8_dot(vi acc, q8_a a, q8_b b) { return vdotq_s32(acc, b, a); }
LM_UK_INLINE vi q8_join(const vi* acc) { return acc[0]; }

#define UK_NAME lm__uk_q8_gemm_8x8c4__dotprod
#define UK_MR 8
#define UK_NV 2
#include "q8_gemm_body.inc"
