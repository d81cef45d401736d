// SPDX-License-Identifier: MIT
//
// Two taps interleaved as 16 bits and multiplied by pmaddwd, whose sums of two (2 * 255 * 255) fit.
#include "simd_avx2.h"

#define UK_NR 16
#define Q8_PARTS 2
#define Q8_TAPS 2

LM_UK_INLINE __m256i q8_widen(const uint8_t* p, bool is_signed) {
  const __m128i x = _mm_loadu_si128((const __m128i*)p);
  return is_signed ? _mm256_cvtepi8_epi16(x) : _mm256_cvtepu8_epi16(x);
}
LM_UK_INLINE void q8_step(vi* acc, const uint8_t* in, const uint8_t* in2, const int16_t* w,
                          bool is_signed) {
  const __m256i a = q8_widen(in, is_signed), b = q8_widen(in2, is_signed);
  const __m256i low = _mm256_unpacklo_epi16(a, b), high = _mm256_unpackhi_epi16(a, b);
  const __m256i* weights = (const __m256i*)(const void*)w;
  acc[0] = _mm256_add_epi32(acc[0], _mm256_madd_epi16(low, _mm256_loadu_si256(weights)));
  acc[1] = _mm256_add_epi32(acc[1], _mm256_madd_epi16(high, _mm256_loadu_si256(weights + 1)));
}
// Packing inside 128 bits undoes the interleaving.
LM_UK_INLINE void q8_store(uint8_t* p, const vi* y, int32_t n) {
  const __m256i words = _mm256_packs_epi32(y[0], y[1]);
  const __m256i low_bytes = _mm256_and_si256(words, _mm256_set1_epi16(0xff));
  const __m128i bytes =
      _mm_packus_epi16(_mm256_castsi256_si128(low_bytes), _mm256_extracti128_si256(low_bytes, 1));
  if (n >= UK_NR) {
    _mm_storeu_si128((__m128i*)p, bytes);
  } else {
    uint8_t lanes[UK_NR];
    _mm_storeu_si128((__m128i*)lanes, bytes);
    memcpy(p, lanes, (size_t)n);
  }
}

#define UK_NAME lm__uk_q8_dw_16c__avx2
#include "q8_dw_body.inc"
