// SPDX-License-Identifier: MIT
//
// Words of the table in eight registers: vpermi2w looks six bits of an index up in two of them, so
// that four look-ups hold the wanted pair of bytes; the lowest bit chooses from the pair. Even and
// odd bytes of the input are separate words.
#include <immintrin.h>

#include "ukernel.h"

// `index` is a byte a word. Its word of the table, the wanted byte lowest.
LM_UK_INLINE __m512i look_up(__m512i index, const __m512i* t) {
  const __m512i pair = _mm512_srli_epi16(index, 1);
  const __m512i low = _mm512_permutex2var_epi16(t[0], pair, t[1]);
  const __m512i high = _mm512_permutex2var_epi16(t[2], pair, t[3]);
  const __mmask32 upper = _mm512_test_epi16_mask(index, _mm512_set1_epi16(0x80));
  const __m512i word = _mm512_mask_blend_epi16(upper, low, high);
  const __m512i shift =
      _mm512_slli_epi16(_mm512_and_si512(index, _mm512_set1_epi16(1)), 3);  // 0 or 8
  return _mm512_and_si512(_mm512_srlv_epi16(word, shift), _mm512_set1_epi16(0xff));
}

void lm__uk_lookup__avx512(size_t count, const uint8_t* a, const uint8_t* table, uint8_t* out);
void lm__uk_lookup__avx512(size_t count, const uint8_t* a, const uint8_t* table, uint8_t* out) {
  const __m512i t[4] = {_mm512_loadu_si512(table), _mm512_loadu_si512(table + 64),
                        _mm512_loadu_si512(table + 128), _mm512_loadu_si512(table + 192)};
  while (count > 0) {
    const size_t n = count < 64 ? count : 64;
    const __mmask64 lanes = UINT64_MAX >> (64 - n);
    const __m512i x = _mm512_maskz_loadu_epi8(lanes, a);
    const __m512i even = look_up(_mm512_and_si512(x, _mm512_set1_epi16(0xff)), t);
    const __m512i odd = look_up(_mm512_srli_epi16(x, 8), t);
    const __m512i y = _mm512_or_si512(even, _mm512_slli_epi16(odd, 8));
    _mm512_mask_storeu_epi8(out, lanes, y);
    a += n;
    out += n;
    count -= n;
  }
}
