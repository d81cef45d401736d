// SPDX-License-Identifier: MIT
//
// 8-bit values widened to 16 bits: a product of bytes (255 * -128) and a sum of two fit 32 bits, so
// that pmaddwd is exact where the 8-bit multiplication of later sets saturates.
#include "simd_sse2.h"

#define Q8_KR 4
#define Q8_PARTS 2
#define Q8_B_BYTES 8
typedef __m128i q8_a;
typedef __m128i q8_b;

// Four bytes, twice, as 16 bits.
LM_UK_INLINE q8_a q8_load_a(const uint8_t* p, bool flip) {
  int32_t bytes;
  memcpy(&bytes, p, sizeof bytes);
  __m128i x = _mm_set1_epi32(bytes);
  if (flip) x = _mm_xor_si128(x, _mm_set1_epi8(-128));
  return _mm_unpacklo_epi8(x, _mm_setzero_si128());
}
LM_UK_INLINE q8_b q8_load_b(const uint8_t* p) {
  const __m128i x = _mm_loadl_epi64((const __m128i*)p);
  return _mm_srai_epi16(_mm_unpacklo_epi8(x, x), 8);
}
LM_UK_INLINE vi q8_dot(vi acc, q8_a a, q8_b b) { return _mm_add_epi32(acc, _mm_madd_epi16(a, b)); }
// Neighbouring lanes hold the two halves of a column.
LM_UK_INLINE vi q8_join(const vi* acc) {
  const __m128 first = _mm_castsi128_ps(acc[0]), second = _mm_castsi128_ps(acc[1]);
  const __m128 even = _mm_shuffle_ps(first, second, _MM_SHUFFLE(2, 0, 2, 0));
  const __m128 odd = _mm_shuffle_ps(first, second, _MM_SHUFFLE(3, 1, 3, 1));
  return _mm_add_epi32(_mm_castps_si128(even), _mm_castps_si128(odd));
}

#define UK_NAME lm__uk_q8_gemm_4x4c4__sse2
#define UK_MR 4
#define UK_NV 1
#include "q8_gemm_body.inc"
