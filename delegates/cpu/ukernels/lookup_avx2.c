// SPDX-License-Identifier: MIT
//
// Sixteen look-ups of sixteen bytes. An index outside of a sixteenth saturates to 0x80 or more, for
// which vpshufb gives 0.
#include <immintrin.h>

#include "ukernel.h"

void lm__uk_lookup__avx2(size_t count, const uint8_t* a, const uint8_t* table, uint8_t* out);
void lm__uk_lookup__avx2(size_t count, const uint8_t* a, const uint8_t* table, uint8_t* out) {
  const __m256i sixteen = _mm256_set1_epi8(16), edge = _mm256_set1_epi8(0x70);
  for (; count >= 64; count -= 64, a += 64, out += 64) {
    __m256i x0 = _mm256_loadu_si256((const __m256i*)a);
    __m256i x1 = _mm256_loadu_si256((const __m256i*)(a + 32));
    __m256i y0 = _mm256_setzero_si256(), y1 = _mm256_setzero_si256();
    for (int i = 0; i < 256; i += 16) {
      const __m256i t = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i*)(table + i)));
      y0 = _mm256_or_si256(y0, _mm256_shuffle_epi8(t, _mm256_adds_epu8(x0, edge)));
      y1 = _mm256_or_si256(y1, _mm256_shuffle_epi8(t, _mm256_adds_epu8(x1, edge)));
      x0 = _mm256_sub_epi8(x0, sixteen);
      x1 = _mm256_sub_epi8(x1, sixteen);
    }
    _mm256_storeu_si256((__m256i*)out, y0);
    _mm256_storeu_si256((__m256i*)(out + 32), y1);
  }
  for (size_t i = 0; i < count; ++i) out[i] = table[a[i]];
}
