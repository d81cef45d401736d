// SPDX-License-Identifier: MIT
#include "requant_avx512.h"

#include "q8_finish.h"

#define Q8_KR 4
#define Q8_PARTS 1
#define Q8_B_BYTES 64
typedef __m512i q8_a;
typedef __m512i q8_b;

LM_UK_INLINE q8_a q8_load_a(const uint8_t* p, bool flip) {
  int32_t bytes;
  __builtin_memcpy(&bytes, p, sizeof bytes);
  const __m512i x = _mm512_set1_epi32(bytes);
  return flip ? _mm512_xor_si512(x, _mm512_set1_epi8(-128)) : x;
}
LM_UK_INLINE q8_b q8_load_b(const uint8_t* p) { return _mm512_loadu_si512(p); }
// Written as an instruction: gcc 12 copies the accumulators of the intrinsic back and forth.
LM_UK_INLINE vi q8_dot(vi acc, q8_a a, q8_b b) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(a), "v"(b));
  return acc;
}
LM_UK_INLINE vi q8_join(const vi* acc) { return acc[0]; }

#define UK_NAME lm__uk_q8_gemm_12x32c4__avx512vnni
#define UK_MR 12
#define UK_NV 2
#include "q8_gemm_body.inc"

#define UK_NAME lm__uk_q8_gemm_7x48c4__avx512vnni
#define UK_MR 7
#define UK_NV 3
#include "q8_gemm_body.inc"

#define UK_NAME lm__uk_q8_gemm_8x16c4__avx512vnni
#define UK_MR 8
#define UK_NV 1
#include "q8_gemm_body.inc"
