// SPDX-License-Identifier: MIT
//
// The table in four registers: vpermi2b looks seven bits of an index up in two of them, and the
// eighth bit chooses between the pairs.
#include <immintrin.h>

#include "ukernel.h"

void lm__uk_lookup__avx512vbmi(size_t count, const uint8_t* a, const uint8_t* table, uint8_t* out);
void lm__uk_lookup__avx512vbmi(size_t count, const uint8_t* a, const uint8_t* table, uint8_t* out) {
  const __m512i t0 = _mm512_loadu_si512(table), t1 = _mm512_loadu_si512(table + 64);
  const __m512i t2 = _mm512_loadu_si512(table + 128), t3 = _mm512_loadu_si512(table + 192);
  while (count > 0) {
    const size_t n = count < 64 ? count : 64;
    const __mmask64 lanes = UINT64_MAX >> (64 - n);
    const __m512i x = _mm512_maskz_loadu_epi8(lanes, a);
    const __m512i low = _mm512_permutex2var_epi8(t0, x, t1);
    const __m512i high = _mm512_permutex2var_epi8(t2, x, t3);
    const __m512i y = _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high);
    _mm512_mask_storeu_epi8(out, lanes, y);
    a += n;
    out += n;
    count -= n;
  }
}
