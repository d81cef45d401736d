// SPDX-License-Identifier: MIT
//
// Exact requantization in 16.16 fixed point, as requant_avx512.h describes it, with 256-bit
// vectors.
#ifndef LITMARK_REQUANT_AVX2_H_
#define LITMARK_REQUANT_AVX2_H_

#include "simd_avx2.h"

// What a tile or row carries along: the smallest fraction seen, in the lower half of each lane.
typedef __m256i q8_guard;

LM_UK_INLINE q8_guard q8_guard_start(void) { return _mm256_set1_epi32(-1); }
LM_UK_INLINE q8_guard q8_guard_add(q8_guard guard, vi fixed) {
  return _mm256_min_epu16(guard, fixed);
}
// See requant_avx512.h.
LM_UK_INLINE vi q8_guard_bits(int32_t guard) { return vi_set1(0x10000 - 2 * guard); }
LM_UK_INLINE bool q8_guard_is_ambiguous(q8_guard guard, vi bits) {
  const __m256i distance = _mm256_and_si256(guard, bits);
  return _mm256_movemask_epi8(_mm256_cmpeq_epi32(distance, _mm256_setzero_si256())) != 0;
}
LM_UK_INLINE vi q8_fixed(vi sum, __m256 scale, __m256 offset, vi base, const bool at_zero) {
  const __m256 x = _mm256_cvtepi32_ps(sum);
  if (at_zero) return _mm256_cvtps_epi32(_mm256_fmadd_ps(x, scale, offset));
  const __m256 signed_offset = _mm256_or_ps(_mm256_and_ps(x, _mm256_set1_ps(-0.0f)), offset);
  return _mm256_add_epi32(_mm256_cvtps_epi32(_mm256_fmadd_ps(x, scale, signed_offset)), base);
}

// Values in [0, 255] as q8_fixed gives them, from integer code.
LM_UK_INLINE vi q8_to_fixed(vi value) { return _mm256_slli_epi32(value, 16); }

// u8 clamps, then the output's own domain.
typedef struct q8_range {
  __m256i low, high, flip;
} q8_range;
LM_UK_INLINE q8_range q8_range_make(int32_t min, int32_t max, bool is_signed) {
  const int32_t to_u8 = is_signed ? 128 : 0;
  return (q8_range){_mm256_set1_epi8((char)(min + to_u8)), _mm256_set1_epi8((char)(max + to_u8)),
                    _mm256_set1_epi8((char)to_u8)};
}
LM_UK_INLINE __m256i q8_clamp(__m256i u8, const q8_range* range) {
  u8 = _mm256_min_epu8(_mm256_max_epu8(u8, range->low), range->high);
  return _mm256_xor_si256(u8, range->flip);
}

LM_UK_INLINE void q8_store_16(uint8_t* p, __m128i bytes, int32_t n) {
  if (n >= 16) {
    _mm_storeu_si128((__m128i*)p, bytes);
  } else if (n > 0) {
    uint8_t lanes[16];
    _mm_storeu_si128((__m128i*)lanes, bytes);
    for (int32_t i = 0; i < n; ++i) p[i] = lanes[i];
  }
}
LM_UK_INLINE void q8_store_8(uint8_t* p, int64_t bytes, int32_t n) {
  if (n >= 8) {
    memcpy(p, &bytes, sizeof bytes);
  } else if (n > 0) {
    uint8_t lanes[8];
    memcpy(lanes, &bytes, sizeof bytes);
    for (int32_t i = 0; i < n; ++i) p[i] = lanes[i];
  }
}

// The upper halves of the even columns and of the odd ones, as 16 words in order.
LM_UK_INLINE __m256i q8_words(const vi* v) {
  return _mm256_blend_epi16(_mm256_srli_epi32(v[0], 16), v[1], 0xaa);
}

// Two rows of 16 columns each, in the order of LM_Q8_EVEN_ODD.
LM_UK_INLINE void q8_store_pairs(uint8_t* p, size_t stride, const bool two, const vi* a,
                                 const vi* b, const q8_range* range, int32_t n) {
  const __m256i packed = q8_clamp(_mm256_packus_epi16(q8_words(a), q8_words(b)), range);
  const __m256i bytes = _mm256_permute4x64_epi64(packed, _MM_SHUFFLE(3, 1, 2, 0));
  q8_store_16(p, _mm256_castsi256_si128(bytes), n);
  if (two) q8_store_16(p + stride, _mm256_extracti128_si256(bytes, 1), n);
}

// Two rows of 8 columns each.
LM_UK_INLINE void q8_store_singles(uint8_t* p, size_t stride, const bool two, vi a, vi b,
                                   const q8_range* range, int32_t n) {
  const __m256i words = _mm256_packs_epi32(_mm256_srai_epi32(a, 16), _mm256_srai_epi32(b, 16));
  const __m256i packed = q8_clamp(_mm256_packus_epi16(words, words), range);
  // Fours: a's first and b's first; a's second and b's second.
  const __m128i bytes =
      _mm_unpacklo_epi32(_mm256_castsi256_si128(packed), _mm256_extracti128_si256(packed, 1));
  q8_store_8(p, _mm_cvtsi128_si64(bytes), n);
  if (two) q8_store_8(p + stride, _mm_extract_epi64(bytes, 1), n);
}

// Rows r and r + 1 of a tile, already in fixed point.
LM_UK_INLINE void q8_store_rows(const lm__q8_gemm_args* args, const int nv, const bool two,
                                const vi* a, const vi* b, uint8_t* p, int32_t n,
                                const q8_range* range) {
#pragma GCC unroll 2
  for (int v = 0; v + 1 < nv; v += 2) {
    q8_store_pairs(p + v * VI_LANES, args->c_stride, two, a + v, b + v, range, n - v * VI_LANES);
  }
  if (nv % 2 != 0) {
    const int v = nv - 1;
    q8_store_singles(p + v * VI_LANES, args->c_stride, two, a[v], b[v], range, n - v * VI_LANES);
  }
}

// Vectors of LM_Q8_EVEN_ODD in the order of the columns.
LM_UK_INLINE void q8_store_sums(int32_t* p, const vi* sums, const int nv) {
  for (int v = 0; v + 1 < nv; v += 2) {
    const vi low = _mm256_unpacklo_epi32(sums[v], sums[v + 1]);
    const vi high = _mm256_unpackhi_epi32(sums[v], sums[v + 1]);
    vi_store(p + v * VI_LANES, _mm256_permute2x128_si256(low, high, 0x20));
    vi_store(p + (v + 1) * VI_LANES, _mm256_permute2x128_si256(low, high, 0x31));
  }
  if (nv % 2 != 0) vi_store(p + (nv - 1) * VI_LANES, sums[nv - 1]);
}

#endif  // LITMARK_REQUANT_AVX2_H_
