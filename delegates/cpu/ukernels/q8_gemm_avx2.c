// SPDX-License-Identifier: MIT
//
// 8-bit values widened to 16 bits, see q8_gemm_sse2.c.
#include "requant_avx2.h"

#include "q8_finish.h"

#define Q8_KR 4
#define Q8_PARTS 2
#define Q8_B_BYTES 16
typedef __m256i q8_a;
typedef __m256i q8_b;

LM_UK_INLINE q8_a q8_load_a(const uint8_t* p, bool flip) {
  float bytes;  // gcc 12 broadcasts a float straight from memory, but not an integer
  memcpy(&bytes, p, sizeof bytes);
  __m128i x = _mm_castps_si128(_mm_set1_ps(bytes));
  if (flip) x = _mm_xor_si128(x, _mm_set1_epi8(-128));
  return _mm256_cvtepu8_epi16(x);
}
LM_UK_INLINE q8_b q8_load_b(const uint8_t* p) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i*)p));
}
LM_UK_INLINE vi q8_dot(vi acc, q8_a a, q8_b b) {
  return _mm256_add_epi32(acc, _mm256_madd_epi16(a, b));
}
// Neighbouring lanes hold the two halves of a column; hadd works inside 128 bits.
LM_UK_INLINE vi q8_join(const vi* acc) {
  return _mm256_permute4x64_epi64(_mm256_hadd_epi32(acc[0], acc[1]), _MM_SHUFFLE(3, 1, 2, 0));
}

#define UK_NAME lm__uk_q8_gemm_5x8c4__avx2
#define UK_MR 5
#define UK_NV 1
#include "q8_gemm_body.inc"
