// SPDX-License-Identifier: MIT
//
// Two taps interleaved as 16 bits and multiplied by pmaddwd, whose sums of two (2 * 255 * 255) fit.
#include "simd_sse2.h"

#define UK_NR 8
#define Q8_PARTS 2
#define Q8_TAPS 2

LM_UK_INLINE __m128i q8_widen(const uint8_t* p, bool is_signed) {
  const __m128i x = _mm_loadl_epi64((const __m128i*)p);
  return is_signed ? _mm_srai_epi16(_mm_unpacklo_epi8(x, x), 8)
                   : _mm_unpacklo_epi8(x, _mm_setzero_si128());
}
LM_UK_INLINE void q8_step(vi* acc, const uint8_t* in, const uint8_t* in2, const int16_t* w,
                          bool is_signed) {
  const __m128i a = q8_widen(in, is_signed), b = q8_widen(in2, is_signed);
  const __m128i* weights = (const __m128i*)(const void*)w;
  acc[0] =
      _mm_add_epi32(acc[0], _mm_madd_epi16(_mm_unpacklo_epi16(a, b), _mm_loadu_si128(weights)));
  acc[1] =
      _mm_add_epi32(acc[1], _mm_madd_epi16(_mm_unpackhi_epi16(a, b), _mm_loadu_si128(weights + 1)));
}
LM_UK_INLINE void q8_store(uint8_t* p, const vi* y, int32_t n) {
  vi_store8_part(p, y[0], n);
  vi_store8_part(p + VI_LANES, y[1], n - VI_LANES);
}

#define UK_NAME lm__uk_q8_dw_8c__sse2
#include "q8_dw_body.inc"
