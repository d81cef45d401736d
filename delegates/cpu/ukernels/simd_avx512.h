// SPDX-License-Identifier: MIT
#ifndef LITMARK_SIMD_AVX512_H_
#define LITMARK_SIMD_AVX512_H_

#include <immintrin.h>

#include "ukernel.h"

#define VF_LANES 16
typedef __m512 vf;

// The first `n` of 16 lanes; `n` may lie outside [0, 16].
static inline __mmask16 vf_mask(int32_t n) {
  return (__mmask16)(n >= 16 ? 0xffffu : n <= 0 ? 0u : (1u << n) - 1u);
}
static inline vf vf_set1(float x) { return _mm512_set1_ps(x); }
static inline vf vf_load(const float* p) { return _mm512_loadu_ps(p); }
static inline vf vf_load_half(const uint16_t* p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i*)p));
}
static inline void vf_store(float* p, vf v) { _mm512_storeu_ps(p, v); }
static inline void vf_store_part(float* p, vf v, int32_t n) {
  _mm512_mask_storeu_ps(p, vf_mask(n), v);
}
static inline vf vf_add(vf a, vf b) { return _mm512_add_ps(a, b); }
static inline vf vf_mul_add(vf a, vf b, vf c) { return _mm512_add_ps(_mm512_mul_ps(a, b), c); }
static inline vf vf_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
// The bound comes first: the instruction returns its second operand where one is not a number.
static inline vf vf_clamp(vf x, vf low, vf high) {
  return _mm512_min_ps(high, _mm512_max_ps(low, x));
}

static inline vf vf_div(vf a, vf b) { return _mm512_div_ps(a, b); }
static inline vf vf_max(vf best, vf x) { return _mm512_max_ps(x, best); }

#define VI_LANES 16
typedef __m512i vi;

static inline vi vi_zero(void) { return _mm512_setzero_si512(); }
static inline vi vi_set1(int32_t x) { return _mm512_set1_epi32(x); }
static inline vi vi_load(const int32_t* p) { return _mm512_loadu_si512(p); }
static inline void vi_store(int32_t* p, vi v) { _mm512_storeu_si512(p, v); }
static inline vi vi_add(vi a, vi b) { return _mm512_add_epi32(a, b); }
static inline vi vi_mul(vi a, vi b) { return _mm512_mullo_epi32(a, b); }
static inline vi vi_clamp(vi x, vi low, vi high) {
  return _mm512_min_epi32(_mm512_max_epi32(x, low), high);
}
// (x << left) * multiplier, rounded to its upper half, then divided by 2^right with the rounding of
// lm_rounding_divide_by_pot(). A multiplier is never INT32_MIN, so nothing saturates.
static inline vi vi_requantize(vi x, vi multiplier, vi left, vi right) {
  x = _mm512_sllv_epi32(x, left);
  const __m512i nudge = _mm512_set1_epi64(1LL << 30);
  const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, multiplier), nudge);
  const __m512i odd = _mm512_add_epi64(
      _mm512_mul_epi32(_mm512_srli_epi64(x, 32), _mm512_srli_epi64(multiplier, 32)), nudge);
  const vi high =
      _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 31), _mm512_add_epi64(odd, odd));
  const vi ones = _mm512_set1_epi32(1);
  const vi mask = _mm512_sub_epi32(_mm512_sllv_epi32(ones, right), ones);
  const vi remainder = _mm512_and_si512(high, mask);
  const __mmask16 above = _mm512_cmpgt_epi32_mask(
      _mm512_add_epi32(remainder, _mm512_srai_epi32(high, 31)), _mm512_srli_epi32(mask, 1));
  const vi shifted = _mm512_srav_epi32(high, right);
  return _mm512_mask_add_epi32(shifted, above, shifted, ones);
}
static inline vi vi_shift_left(vi x, int bits) { return _mm512_slli_epi32(x, (unsigned)bits); }
static inline vi vi_load8(const uint8_t* p, bool is_signed) {
  const __m128i x = _mm_loadu_si128((const __m128i*)p);
  return is_signed ? _mm512_cvtepi8_epi32(x) : _mm512_cvtepu8_epi32(x);
}
// Values already fit 8 bits, signed or not.
static inline void vi_store8_part(uint8_t* p, vi v, int32_t n) {
  _mm512_mask_cvtepi32_storeu_epi8(p, vf_mask(n), v);
}

static inline vi vi_sub(vi a, vi b) { return _mm512_sub_epi32(a, b); }
static inline vi vi_xor(vi a, vi b) { return _mm512_xor_si512(a, b); }
static inline vi vi_sign(vi x) { return _mm512_srai_epi32(x, 31); }
static inline vi vi_shift_right_logical(vi x, int bits) {
  return _mm512_srli_epi32(x, (unsigned)bits);
}

#define VB_LANES 64
typedef __m512i vb;

static inline vb vb_set1(uint8_t x) { return _mm512_set1_epi8((char)x); }
static inline vb vb_load(const uint8_t* p) { return _mm512_loadu_si512(p); }
static inline vb vb_xor(vb a, vb b) { return _mm512_xor_si512(a, b); }
static inline vb vb_max(vb a, vb b) { return _mm512_max_epu8(a, b); }
static inline vb vb_min(vb a, vb b) { return _mm512_min_epu8(a, b); }
static inline void vb_store_part(uint8_t* p, vb v, int32_t n) {
  const __mmask64 mask = n >= VB_LANES ? UINT64_MAX : n <= 0 ? 0 : (1ull << n) - 1;
  _mm512_mask_storeu_epi8(p, mask, v);
}

// ---- the even and the odd bytes of a vector as words
#define VW_WORDS 1

static inline vb vw_set1(uint16_t x) { return _mm512_set1_epi16((short)x); }
static inline vb vw_even(vb x) { return _mm512_and_si512(x, _mm512_set1_epi16(0xff)); }
static inline vb vw_odd(vb x) { return _mm512_srli_epi16(x, 8); }
static inline vb vw_join(vb even, vb odd) {
  return _mm512_or_si512(even, _mm512_slli_epi16(odd, 8));
}
static inline vb vw_add(vb a, vb b) { return _mm512_add_epi16(a, b); }
static inline vb vw_sub(vb a, vb b) { return _mm512_sub_epi16(a, b); }
// The upper half of the product of unsigned words.
static inline vb vw_upper(vb a, vb b) { return _mm512_mulhi_epu16(a, b); }
// -1 where a < b, else 0; both are below 2^15.
static inline vb vw_below(vb a, vb b) { return _mm512_movm_epi16(_mm512_cmplt_epi16_mask(a, b)); }

// ---- rounding in floats, where it is cheaper than in integers (see lm__q8_add_args)
#define VF_ROUNDS 1

static inline vf vf_mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
static inline vf vf_from_vi(vi x) { return _mm512_cvtepi32_ps(x); }
// Ties go to even; the callers let none through.
static inline vi vi_round(vf x) { return _mm512_cvtps_epi32(x); }
static inline vf vf_copy_sign(vf magnitude, vf sign) {
  return _mm512_or_ps(magnitude, _mm512_and_ps(sign, _mm512_set1_ps(-0.0f)));
}
// Some lane is nearer than `slack` to the middle between two integers.
static inline bool vf_any_near_tie(vf x, float slack) {
  const vf distance = _mm512_abs_ps(_mm512_reduce_ps(x, _MM_FROUND_TO_NEAREST_INT));
  return _mm512_cmp_ps_mask(distance, _mm512_set1_ps(0.5f - slack), _CMP_GE_OQ) != 0;
}

#endif  // LITMARK_SIMD_AVX512_H_
