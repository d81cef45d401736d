// SPDX-License-Identifier: MIT
#include <immintrin.h>

#include "cpu_features.h"
#include "ukernel.h"

// vpsadbw adds eight bytes at a time: sums of absolute differences from zero.
static int32_t sum_by_differences(size_t count, const uint8_t* a, uint8_t flip) {
  const __m256i flips = _mm256_set1_epi8((char)flip), zero = _mm256_setzero_si256();
  __m256i sums = zero;
  for (; count >= 32; count -= 32, a += 32) {
    const __m256i x = _mm256_xor_si256(_mm256_loadu_si256((const __m256i*)a), flips);
    sums = _mm256_add_epi64(sums, _mm256_sad_epu8(x, zero));
  }
  const __m128i half =
      _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  int32_t sum = _mm_cvtsi128_si32(_mm_add_epi64(half, _mm_unpackhi_epi64(half, half)));
  for (size_t i = 0; i < count; ++i) sum += (uint8_t)(a[i] ^ flip);
  return sum;
}
#define UK_U8_SUM sum_by_differences

#define UK_SET lm__uk_vector__avx2
#define UK_ISA LM_CPU_AVX2
#define UK_TITLE "vector__avx2"
#include "vector_body.inc"
