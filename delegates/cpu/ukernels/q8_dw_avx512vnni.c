// SPDX-License-Identifier: MIT
//
// Two taps interleaved as 16 bits, as q8_dw_avx512.c, multiplied and added by one instruction.
#include "simd_avx512.h"

#define UK_NR 32
#define Q8_PARTS 2
#define Q8_TAPS 2

LM_UK_INLINE __m512i q8_widen(const uint8_t* p, bool is_signed) {
  const __m256i x = _mm256_loadu_si256((const __m256i*)p);
  return is_signed ? _mm512_cvtepi8_epi16(x) : _mm512_cvtepu8_epi16(x);
}
// Written as an instruction: gcc 12 copies the accumulators of the intrinsic back and forth.
LM_UK_INLINE vi q8_dot(vi acc, vi a, vi b) {
  __asm__("vpdpwssd %2, %1, %0" : "+v"(acc) : "v"(a), "vm"(b));
  return acc;
}
LM_UK_INLINE void q8_step(vi* acc, const uint8_t* in, const uint8_t* in2, const int16_t* w,
                          bool is_signed) {
  const __m512i a = q8_widen(in, is_signed), b = q8_widen(in2, is_signed);
  const __m512i low = _mm512_unpacklo_epi16(a, b), high = _mm512_unpackhi_epi16(a, b);
  acc[0] = q8_dot(acc[0], low, _mm512_loadu_si512(w));
  acc[1] = q8_dot(acc[1], high, _mm512_loadu_si512(w + 32));
}
// Packing inside 128 bits undoes the interleaving.
LM_UK_INLINE void q8_store(uint8_t* p, const vi* y, int32_t n) {
  const __m512i words = _mm512_packs_epi32(y[0], y[1]);
  const __mmask32 mask = n >= UK_NR ? UINT32_MAX : (1u << n) - 1;
  _mm512_mask_cvtepi16_storeu_epi8(p, mask, words);
}

#define UK_NAME lm__uk_q8_dw_32c__avx512vnni
#include "q8_dw_body.inc"
