// SPDX-License-Identifier: MIT
#ifndef LITMARK_SIMD_AVX2_H_
#define LITMARK_SIMD_AVX2_H_

#include <immintrin.h>
#include <string.h>

#include "ukernel.h"

#define VF_LANES 8
typedef __m256 vf;

// The first `n` of 8 lanes; `n` may lie outside [0, 8].
static inline __m256i vf_mask(int32_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline vf vf_set1(float x) { return _mm256_set1_ps(x); }
static inline vf vf_load(const float* p) { return _mm256_loadu_ps(p); }
static inline vf vf_load_half(const uint16_t* p) {
  return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i*)p));
}
static inline void vf_store(float* p, vf v) { _mm256_storeu_ps(p, v); }
static inline void vf_store_part(float* p, vf v, int32_t n) {
  _mm256_maskstore_ps(p, vf_mask(n), v);
}
static inline vf vf_add(vf a, vf b) { return _mm256_add_ps(a, b); }
static inline vf vf_mul_add(vf a, vf b, vf c) { return _mm256_add_ps(_mm256_mul_ps(a, b), c); }
static inline vf vf_fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
// The bound comes first: the instruction returns its second operand where one is not a number.
static inline vf vf_clamp(vf x, vf low, vf high) {
  return _mm256_min_ps(high, _mm256_max_ps(low, x));
}

static inline vf vf_div(vf a, vf b) { return _mm256_div_ps(a, b); }
static inline vf vf_max(vf best, vf x) { return _mm256_max_ps(x, best); }

#define VI_LANES 8
typedef __m256i vi;

static inline vi vi_zero(void) { return _mm256_setzero_si256(); }
static inline vi vi_set1(int32_t x) { return _mm256_set1_epi32(x); }
static inline vi vi_load(const int32_t* p) { return _mm256_loadu_si256((const __m256i*)p); }
static inline void vi_store(int32_t* p, vi v) { _mm256_storeu_si256((__m256i*)p, v); }
static inline vi vi_add(vi a, vi b) { return _mm256_add_epi32(a, b); }
static inline vi vi_mul(vi a, vi b) { return _mm256_mullo_epi32(a, b); }
static inline vi vi_clamp(vi x, vi low, vi high) {
  return _mm256_min_epi32(_mm256_max_epi32(x, low), high);
}
// (x << left) * multiplier, rounded to its upper half, then divided by 2^right with the rounding of
// lm_rounding_divide_by_pot(). A multiplier is never INT32_MIN, so nothing saturates.
static inline vi vi_requantize(vi x, vi multiplier, vi left, vi right) {
  x = _mm256_sllv_epi32(x, left);
  const __m256i nudge = _mm256_set1_epi64x(1LL << 30);
  const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(x, multiplier), nudge);
  const __m256i odd = _mm256_add_epi64(
      _mm256_mul_epi32(_mm256_srli_epi64(x, 32), _mm256_srli_epi64(multiplier, 32)), nudge);
  const vi high = _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_add_epi64(odd, odd), 0xaa);
  const vi mask =
      _mm256_sub_epi32(_mm256_sllv_epi32(_mm256_set1_epi32(1), right), _mm256_set1_epi32(1));
  const vi remainder = _mm256_and_si256(high, mask);
  const vi above = _mm256_cmpgt_epi32(_mm256_add_epi32(remainder, _mm256_srai_epi32(high, 31)),
                                      _mm256_srli_epi32(mask, 1));
  return _mm256_sub_epi32(_mm256_srav_epi32(high, right), above);
}
static inline vi vi_shift_left(vi x, int bits) { return _mm256_slli_epi32(x, bits); }
static inline vi vi_load8(const uint8_t* p, bool is_signed) {
  const __m128i x = _mm_loadl_epi64((const __m128i*)p);
  return is_signed ? _mm256_cvtepi8_epi32(x) : _mm256_cvtepu8_epi32(x);
}
// Values already fit 8 bits, signed or not.
static inline void vi_store8_part(uint8_t* p, vi v, int32_t n) {
  const __m256i pick =
      _mm256_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 4, 8, 12, -1,
                       -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  const __m256i picked = _mm256_shuffle_epi8(v, pick);
  const __m128i bytes =
      _mm_unpacklo_epi32(_mm256_castsi256_si128(picked), _mm256_extracti128_si256(picked, 1));
  if (n >= VI_LANES) {
    _mm_storel_epi64((__m128i*)p, bytes);
  } else if (n > 0) {
    uint8_t lanes[16];
    _mm_storeu_si128((__m128i*)lanes, bytes);
    for (int32_t i = 0; i < n; ++i) p[i] = lanes[i];
  }
}

static inline vi vi_sub(vi a, vi b) { return _mm256_sub_epi32(a, b); }
static inline vi vi_xor(vi a, vi b) { return _mm256_xor_si256(a, b); }
static inline vi vi_sign(vi x) { return _mm256_srai_epi32(x, 31); }
static inline vi vi_shift_right_logical(vi x, int bits) { return _mm256_srli_epi32(x, bits); }

#define VB_LANES 32
typedef __m256i vb;

static inline vb vb_set1(uint8_t x) { return _mm256_set1_epi8((char)x); }
static inline vb vb_load(const uint8_t* p) { return _mm256_loadu_si256((const __m256i*)p); }
static inline vb vb_xor(vb a, vb b) { return _mm256_xor_si256(a, b); }
static inline vb vb_max(vb a, vb b) { return _mm256_max_epu8(a, b); }
static inline vb vb_min(vb a, vb b) { return _mm256_min_epu8(a, b); }
static inline void vb_store_part(uint8_t* p, vb v, int32_t n) {
  if (n >= VB_LANES) {
    _mm256_storeu_si256((__m256i*)p, v);
    return;
  }
  uint8_t lanes[VB_LANES];
  _mm256_storeu_si256((__m256i*)lanes, v);
  for (int32_t i = 0; i < n; ++i) p[i] = lanes[i];
}

// ---- the even and the odd bytes of a vector as words
#define VW_WORDS 1

static inline vb vw_set1(uint16_t x) { return _mm256_set1_epi16((short)x); }
static inline vb vw_even(vb x) { return _mm256_and_si256(x, _mm256_set1_epi16(0xff)); }
static inline vb vw_odd(vb x) { return _mm256_srli_epi16(x, 8); }
static inline vb vw_join(vb even, vb odd) {
  return _mm256_or_si256(even, _mm256_slli_epi16(odd, 8));
}
static inline vb vw_add(vb a, vb b) { return _mm256_add_epi16(a, b); }
static inline vb vw_sub(vb a, vb b) { return _mm256_sub_epi16(a, b); }
// The upper half of the product of unsigned words.
static inline vb vw_upper(vb a, vb b) { return _mm256_mulhi_epu16(a, b); }
// -1 where a < b, else 0; both are below 2^15.
static inline vb vw_below(vb a, vb b) { return _mm256_cmpgt_epi16(b, a); }

// ---- rounding in floats, where it is cheaper than in integers (see lm__q8_add_args)
#define VF_ROUNDS 1

static inline vf vf_mul(vf a, vf b) { return _mm256_mul_ps(a, b); }
static inline vf vf_from_vi(vi x) { return _mm256_cvtepi32_ps(x); }
// Ties go to even; the callers let none through.
static inline vi vi_round(vf x) { return _mm256_cvtps_epi32(x); }
static inline vf vf_copy_sign(vf magnitude, vf sign) {
  return _mm256_or_ps(magnitude, _mm256_and_ps(sign, _mm256_set1_ps(-0.0f)));
}
// Some lane is nearer than `slack` to the middle between two integers.
static inline bool vf_any_near_tie(vf x, float slack) {
  const vf rounded = _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const vf distance = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), _mm256_sub_ps(x, rounded));
  return _mm256_movemask_ps(_mm256_cmp_ps(distance, _mm256_set1_ps(0.5f - slack), _CMP_GE_OQ)) != 0;
}

#endif  // LITMARK_SIMD_AVX2_H_
