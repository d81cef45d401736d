// SPDX-License-Identifier: MIT
//
// Activations as s8. Four products a column are added in pairs, so that 16 bits never overflow
// (2 * -128 * -128 would).
#include "simd_neon.h"

#define Q8_KR 4
#define Q8_PARTS 2
#define Q8_B_BYTES 8
typedef int8x8_t q8_a;
typedef int8x8_t q8_b;

LM_UK_INLINE q8_a q8_load_a(const uint8_t* p, bool flip) {
  int32_t bytes;
  memcpy(&bytes, p, sizeof bytes);
  const int8x8_t x = vreinterpret_s8_s32(vdup_n_s32(bytes));
  return flip ? veor_s8(x, vdup_n_s8(-128)) : x;
}
LM_UK_INLINE q8_b q8_load_b(const uint8_t* p) { return vld1_s8((const int8_t*)p); }
LM_UK_INLINE vi q8_dot(vi acc, q8_a a, q8_b b) { return vpadalq_s16(acc, vmull_s8(a, b)); }
LM_UK_INLINE vi q8_join(const vi* acc) { return vpaddq_s32(acc[0], acc[1]); }

#define UK_NAME lm__uk_q8_gemm_4x8c4__neon
#define UK_MR 4
#define UK_NV 2
#include "q8_gemm_body.inc"
