// SPDX-License-Identifier: MIT
#include <immintrin.h>

#include "cpu_features.h"
#include "ukernel.h"

// vpsadbw adds eight bytes at a time: sums of absolute differences from zero.
static int32_t sum_by_differences(size_t count, const uint8_t* a, uint8_t flip) {
  const __m512i flips = _mm512_set1_epi8((char)flip), zero = _mm512_setzero_si512();
  __m512i sums = zero;
  for (; count >= 64; count -= 64, a += 64) {
    const __m512i x = _mm512_xor_si512(_mm512_loadu_si512(a), flips);
    sums = _mm512_add_epi64(sums, _mm512_sad_epu8(x, zero));
  }
  if (count > 0) {
    const __mmask64 some = (1ull << count) - 1;
    const __m512i x =
        _mm512_xor_si512(_mm512_maskz_loadu_epi8(some, a), _mm512_maskz_mov_epi8(some, flips));
    sums = _mm512_add_epi64(sums, _mm512_sad_epu8(x, zero));
  }
  return (int32_t)_mm512_reduce_add_epi64(sums);
}
#define UK_U8_SUM sum_by_differences

#define UK_SET lm__uk_vector__avx512
#define UK_ISA LM_CPU_AVX512
#define UK_TITLE "vector__avx512"
#include "vector_body.inc"
