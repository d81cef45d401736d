// SPDX-License-Identifier: MIT
//
// AVX-512 without VNNI: 8-bit values widened to 16 bits, see q8_gemm_sse2.c.
#include "requant_avx512.h"

#include "q8_finish.h"

#define Q8_KR 4
#define Q8_PARTS 2
#define Q8_B_BYTES 32
typedef __m512i q8_a;
typedef __m512i q8_b;

LM_UK_INLINE q8_a q8_load_a(const uint8_t* p, bool flip) {
  int32_t bytes;
  __builtin_memcpy(&bytes, p, sizeof bytes);
  __m256i x = _mm256_set1_epi32(bytes);
  if (flip) x = _mm256_xor_si256(x, _mm256_set1_epi8(-128));
  return _mm512_cvtepu8_epi16(x);
}
LM_UK_INLINE q8_b q8_load_b(const uint8_t* p) {
  return _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i*)p));
}
LM_UK_INLINE vi q8_dot(vi acc, q8_a a, q8_b b) {
  return _mm512_add_epi32(acc, _mm512_madd_epi16(a, b));
}
// Neighbouring lanes hold the two halves of a column.
LM_UK_INLINE vi q8_join(const vi* acc) {
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
  return _mm512_add_epi32(_mm512_permutex2var_epi32(acc[0], even, acc[1]),
                          _mm512_permutex2var_epi32(acc[0], odd, acc[1]));
}

#define UK_NAME lm__uk_q8_gemm_8x16c4__avx512
#define UK_MR 8
#define UK_NV 1
#include "q8_gemm_body.inc"
