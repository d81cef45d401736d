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

#define TERMS 8  // rows together, whose sums add up in each other's lanes

// The bytes that count are those of `some`.
LM_UK_INLINE __m512i sum_eights(__m512i bytes, __m512i some, __m512i flips) {
  const __m512i x = _mm512_and_si512(_mm512_xor_si512(bytes, flips), some);
  return _mm512_sad_epu8(x, _mm512_setzero_si512());
}

// Eight parts of the sum of each row. `rest`: what counts of the last vector of a run.
LM_UK_INLINE void sum_parts(const lm__gemm_input* in, const uint8_t* const* rows, __m512i flips,
                            __m512i rest, __m512i* sums) {
  const __m512i all = _mm512_set1_epi8(-1);
  const size_t whole = (size_t)in->depth / 64 * 64, left = (size_t)in->depth % 64;
#pragma GCC unroll 8
  for (int i = 0; i < TERMS; ++i) sums[i] = _mm512_setzero_si512();
  for (int32_t t = 0; t < in->taps; ++t) {
    size_t at = in->tap_offsets[t];
    for (const size_t end = at + whole; at < end; at += 64) {
#pragma GCC unroll 8
      for (int i = 0; i < TERMS; ++i) {
        const __m512i x = _mm512_loadu_si512(rows[i] + at);
        sums[i] = _mm512_add_epi64(sums[i], sum_eights(x, all, flips));
      }
    }
    if (left > 32) {
#pragma GCC unroll 8
      for (int i = 0; i < TERMS; ++i) {
        const __m512i x = _mm512_loadu_si512(rows[i] + at);
        sums[i] = _mm512_add_epi64(sums[i], sum_eights(x, rest, flips));
      }
    } else if (left > 0) {  // half a vector crosses lines less often
#pragma GCC unroll 8
      for (int i = 0; i < TERMS; ++i) {
        const __m256i x = _mm256_loadu_si256((const __m256i*)(rows[i] + at));
        const __m512i sum = sum_eights(_mm512_zextsi256_si512(x), rest, flips);
        sums[i] = _mm512_add_epi64(sums[i], sum);
      }
    }
  }
}

// Sums of eight vectors of eight numbers below 2^32.
LM_UK_INLINE __m256i add_lanes(const __m512i* s) {
  __m512i two[4], four[2];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    two[i] = _mm512_or_si512(s[2 * i], _mm512_slli_epi64(s[2 * i + 1], 32));
  }
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    four[i] = _mm512_add_epi32(_mm512_unpacklo_epi64(two[2 * i], two[2 * i + 1]),
                               _mm512_unpackhi_epi64(two[2 * i], two[2 * i + 1]));
  }
  const __m512i eight = _mm512_add_epi32(_mm512_shuffle_i64x2(four[0], four[1], 0x44),
                                         _mm512_shuffle_i64x2(four[0], four[1], 0xee));
  const __m512i order = _mm512_setr_epi64(0, 1, 4, 5, 2, 3, 6, 7);
  const __m512i halves = _mm512_permutexvar_epi64(order, eight);
  return _mm256_add_epi32(_mm512_castsi512_si256(halves), _mm512_extracti64x4_epi64(halves, 1));
}

static void terms_by_differences(const lm__gemm_input* in, uint8_t flip, int32_t factor,
                                 int32_t offset, int32_t* terms) {
  const __m512i flips = _mm512_set1_epi8((char)flip);
  const __m512i rest = _mm512_movm_epi8((1ull << in->depth % 64) - 1);
  for (int32_t first = 0; first < in->rows; first += TERMS) {
    const int32_t left = in->rows - first, count = left < TERMS ? left : TERMS;
    const uint8_t* rows[TERMS];
    for (int32_t i = 0; i < TERMS; ++i) {
      const size_t r = (size_t)(first + (i < count ? i : 0));
      const size_t at = in->row_offsets != NULL ? in->row_offsets[r] : r * in->row_stride;
      rows[i] = (const uint8_t*)in->base + at;
    }
    __m512i sums[TERMS];
    sum_parts(in, rows, flips, rest, sums);
    const __m256i sum = _mm256_add_epi32(add_lanes(sums), _mm256_set1_epi32(offset));
    _mm256_mask_storeu_epi32(terms + first, (__mmask8)((1u << count) - 1),
                             _mm256_mullo_epi32(sum, _mm256_set1_epi32(factor)));
  }
}
#define UK_U8_ROW_TERMS terms_by_differences

#define UK_SET lm__uk_vector__avx512
#define UK_ISA LM_CPU_AVX512
#define UK_TITLE "vector__avx512"
#include "vector_body.inc"
