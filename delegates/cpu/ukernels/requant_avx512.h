// SPDX-License-Identifier: MIT
//
// Exact requantization at the speed of floats. A sum times its multiplier is computed in float32
// with 16 fraction bits; the result is that of the integer code (lm_multiply) unless the fraction
// lies within `guard` / 65536 of where rounding changes its mind, because all of the float errors
// together stay below that (see the notes at q8_fixed). Such a value is noticed, and its tile
// computed again in integers.
//
// Double rounding as a threshold: the reference rounds x * 2^r to an integer, then divides by 2^r
// and rounds half away from zero. That is round-to-nearest of x + copysign(2^-(r+1), x), ties
// aside, and ties are noticed.
#ifndef LITMARK_REQUANT_AVX512_H_
#define LITMARK_REQUANT_AVX512_H_

#include "simd_avx512.h"

// What a tile or row carries along: the smallest fraction seen, in the lower half of each lane.
typedef __m512i q8_guard;

LM_UK_INLINE q8_guard q8_guard_start(void) { return _mm512_set1_epi32(-1); }
LM_UK_INLINE q8_guard q8_guard_add(q8_guard guard, vi fixed) {
  return _mm512_min_epu16(guard, fixed);
}
// The bits of a fraction that are not all zero where `guard`, 2 or 4, is enough to tell.
LM_UK_INLINE vi q8_guard_bits(int32_t guard) { return vi_set1(0x10000 - 2 * guard); }
// True when a fraction was closer to a threshold than float32 can tell.
LM_UK_INLINE bool q8_guard_is_ambiguous(q8_guard guard, vi bits) {
  return _mm512_test_epi32_mask(guard, bits) != 0xffff;
}

// Sums to 16.16 fixed point, u8 domain: the upper half is the rounded value, not yet clamped; the
// lower half its distance to the threshold below, plus `guard`. `scale` is the multiplier * 2^16.
//   at_zero   the output is clamped at its zero point or above, so that negative sums do not
//             matter: `offset` is base + 2^-(r+1) * 2^16
//   else      `offset` is 2^-(r+1) * 2^16, which takes the sign of the sum
// `base` is (output zero point in u8 * 2^16) + 2^15 + guard.
// Errors in units of 2^-16, for results of up to 255, which are below 2^24: rounding of the scale
// less than 1, of the offset and of the product 1/2 each. Conversion is exact from 2^23 on, and 1/2
// below, where the others are half as large: less than 2 together, which is the guard where sums
// are below 2^24. Larger ones are rounded too, by up to 1, and the guard is 4.
LM_UK_INLINE __m512 q8_scaled(__m512 sum, __m512 scale, __m512 offset, const bool at_zero) {
  if (at_zero) return _mm512_fmadd_ps(sum, scale, offset);
  const __m512i sign = _mm512_set1_epi32(INT32_MIN);
  // (sum & sign) | offset
  const __m512i signed_offset =
      _mm512_ternarylogic_epi32(_mm512_castps_si512(sum), sign, _mm512_castps_si512(offset), 0xea);
  return _mm512_fmadd_ps(sum, scale, _mm512_castsi512_ps(signed_offset));
}
LM_UK_INLINE vi q8_fixed(vi sum, __m512 scale, __m512 offset, vi base, const bool at_zero) {
  const vi y = _mm512_cvtps_epi32(q8_scaled(_mm512_cvtepi32_ps(sum), scale, offset, at_zero));
  return at_zero ? y : _mm512_add_epi32(y, base);
}

// Values in [0, 255] as q8_fixed gives them, from integer code.
LM_UK_INLINE vi q8_to_fixed(vi value) { return _mm512_slli_epi32(value, 16); }

// The upper halves of two vectors as 32 words: those of `a`, then those of `b`.
LM_UK_INLINE __m512i q8_words(vi a, vi b) {
  const __m512i index =
      _mm512_set_epi16(63, 61, 59, 57, 55, 53, 51, 49, 47, 45, 43, 41, 39, 37, 35, 33, 31, 29, 27,
                       25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
  return _mm512_permutex2var_epi16(a, index, b);
}

// u8 clamps, then the output's own domain.
typedef struct q8_range {
  __m512i low, high, flip;
} q8_range;
LM_UK_INLINE q8_range q8_range_make(int32_t min, int32_t max, bool is_signed) {
  const int32_t to_u8 = is_signed ? 128 : 0;
  return (q8_range){_mm512_set1_epi8((char)(min + to_u8)), _mm512_set1_epi8((char)(max + to_u8)),
                    _mm512_set1_epi8((char)to_u8)};
}
LM_UK_INLINE __m512i q8_clamp(__m512i u8, const q8_range* range) {
  u8 = _mm512_min_epu8(_mm512_max_epu8(u8, range->low), range->high);
  return _mm512_xor_si512(u8, range->flip);
}

LM_UK_INLINE void q8_store_32(uint8_t* p, __m256i bytes, int32_t n) {
  if (n >= 32) {
    _mm256_storeu_si256((__m256i*)p, bytes);
  } else if (n > 0) {
    _mm256_mask_storeu_epi8(p, (1u << n) - 1, bytes);
  }
}
LM_UK_INLINE void q8_store_16(uint8_t* p, __m128i bytes, int32_t n) {
  if (n >= 16) {
    _mm_storeu_si128((__m128i*)p, bytes);
  } else if (n > 0) {
    _mm_mask_storeu_epi8(p, (__mmask16)((1u << n) - 1), bytes);
  }
}

// Two rows of 32 columns each, as pairs of vectors in the order of LM_Q8_PAIRS.
LM_UK_INLINE void q8_store_pairs(uint8_t* p, size_t stride, const bool two, const vi* a,
                                 const vi* b, const q8_range* range, int32_t n) {
  const __m512i bytes =
      q8_clamp(_mm512_packus_epi16(q8_words(a[0], b[0]), q8_words(a[1], b[1])), range);
  q8_store_32(p, _mm512_castsi512_si256(bytes), n);
  if (two) q8_store_32(p + stride, _mm512_extracti64x4_epi64(bytes, 1), n);
}

// Two rows of 16 columns each.
LM_UK_INLINE void q8_store_singles(uint8_t* p, size_t stride, const bool two, vi a, vi b,
                                   const q8_range* range, int32_t n) {
  const __m512i words = q8_words(a, b);
  const __m512i packed = _mm512_packus_epi16(words, words);  // each eight twice
  const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 0, 2, 4, 6);
  const __m256i bytes =
      _mm512_castsi512_si256(q8_clamp(_mm512_permutexvar_epi64(order, packed), range));
  q8_store_16(p, _mm256_castsi256_si128(bytes), n);
  if (two) q8_store_16(p + stride, _mm256_extracti128_si256(bytes, 1), n);
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

// Vectors of LM_Q8_PAIRS in the order of the columns.
LM_UK_INLINE void q8_store_sums(int32_t* p, const vi* sums, const int nv) {
  for (int v = 0; v + 1 < nv; v += 2) {
    vi_store(p + v * VI_LANES, _mm512_shuffle_i64x2(sums[v], sums[v + 1], 0x44));
    vi_store(p + (v + 1) * VI_LANES, _mm512_shuffle_i64x2(sums[v], sums[v + 1], 0xee));
  }
  if (nv % 2 != 0) vi_store(p + (nv - 1) * VI_LANES, sums[nv - 1]);
}

#endif  // LITMARK_REQUANT_AVX512_H_
