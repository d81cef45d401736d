// SPDX-License-Identifier: MIT
#ifndef LITMARK_SIMD_SSE2_H_
#define LITMARK_SIMD_SSE2_H_

#include <emmintrin.h>
#include <string.h>

#include "litmark/kernel_math.h"
#include "ukernel.h"

#define VF_LANES 4
typedef __m128 vf;

static inline vf vf_set1(float x) { return _mm_set1_ps(x); }
static inline vf vf_load(const float* p) { return _mm_loadu_ps(p); }
static inline void vf_store(float* p, vf v) { _mm_storeu_ps(p, v); }
static inline void vf_store_part(float* p, vf v, int32_t n) {
  float lanes[VF_LANES];
  _mm_storeu_ps(lanes, v);
  for (int32_t i = 0; i < n && i < VF_LANES; ++i) p[i] = lanes[i];
}
static inline vf vf_add(vf a, vf b) { return _mm_add_ps(a, b); }
static inline vf vf_mul_add(vf a, vf b, vf c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }
// The bound comes first: the instruction returns its second operand where one is not a number.
static inline vf vf_clamp(vf x, vf low, vf high) { return _mm_min_ps(high, _mm_max_ps(low, x)); }

static inline vf vf_div(vf a, vf b) { return _mm_div_ps(a, b); }
static inline vf vf_max(vf best, vf x) { return _mm_max_ps(x, best); }

#define VI_LANES 4
typedef __m128i vi;

static inline vi vi_zero(void) { return _mm_setzero_si128(); }
static inline vi vi_set1(int32_t x) { return _mm_set1_epi32(x); }
static inline vi vi_load(const int32_t* p) { return _mm_loadu_si128((const __m128i*)p); }
static inline void vi_store(int32_t* p, vi v) { _mm_storeu_si128((__m128i*)p, v); }
static inline vi vi_add(vi a, vi b) { return _mm_add_epi32(a, b); }
static inline vi vi_mul(vi a, vi b) {
  const __m128i even = _mm_mul_epu32(a, b);
  const __m128i odd = _mm_mul_epu32(_mm_srli_epi64(a, 32), _mm_srli_epi64(b, 32));
  return _mm_unpacklo_epi32(_mm_shuffle_epi32(even, _MM_SHUFFLE(0, 0, 2, 0)),
                            _mm_shuffle_epi32(odd, _MM_SHUFFLE(0, 0, 2, 0)));
}
static inline vi vi_select(vi mask, vi a, vi b) {
  return _mm_or_si128(_mm_and_si128(mask, a), _mm_andnot_si128(mask, b));
}
static inline vi vi_clamp(vi x, vi low, vi high) {
  x = vi_select(_mm_cmplt_epi32(x, low), low, x);
  return vi_select(_mm_cmpgt_epi32(x, high), high, x);
}
// No signed 32 x 32 multiplication and no shift by lane before SSE4.1 and AVX2.
static inline vi vi_requantize(vi x, vi multiplier, vi left, vi right) {
  int32_t lanes[VI_LANES], m[VI_LANES], l[VI_LANES], r[VI_LANES];
  _mm_storeu_si128((__m128i*)lanes, x);
  _mm_storeu_si128((__m128i*)m, multiplier);
  _mm_storeu_si128((__m128i*)l, left);
  _mm_storeu_si128((__m128i*)r, right);
  for (int i = 0; i < VI_LANES; ++i) {
    lanes[i] =
        lm_rounding_divide_by_pot(lm_srdhm((int32_t)((uint32_t)lanes[i] << l[i]), m[i]), r[i]);
  }
  return _mm_loadu_si128((const __m128i*)lanes);
}
static inline vi vi_shift_left(vi x, int bits) { return _mm_slli_epi32(x, bits); }
static inline vi vi_load8(const uint8_t* p, bool is_signed) {
  int32_t bytes;
  memcpy(&bytes, p, sizeof bytes);
  __m128i x = _mm_cvtsi32_si128(bytes);
  x = _mm_unpacklo_epi8(x, x);
  x = _mm_unpacklo_epi16(x, x);
  return is_signed ? _mm_srai_epi32(x, 24) : _mm_srli_epi32(x, 24);
}
// Values already fit 8 bits, signed or not.
static inline void vi_store8_part(uint8_t* p, vi v, int32_t n) {
  const __m128i low = _mm_and_si128(v, _mm_set1_epi32(0xff));
  const __m128i words = _mm_packs_epi32(low, low);
  const int32_t bytes = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
  if (n >= VI_LANES) {
    memcpy(p, &bytes, sizeof bytes);
  } else if (n > 0) {
    memcpy(p, &bytes, (size_t)n);
  }
}

static inline vi vi_sub(vi a, vi b) { return _mm_sub_epi32(a, b); }
static inline vi vi_xor(vi a, vi b) { return _mm_xor_si128(a, b); }
static inline vi vi_sign(vi x) { return _mm_srai_epi32(x, 31); }
static inline vi vi_shift_right_logical(vi x, int bits) { return _mm_srli_epi32(x, bits); }

#define VB_LANES 16
typedef __m128i vb;

static inline vb vb_set1(uint8_t x) { return _mm_set1_epi8((char)x); }
static inline vb vb_load(const uint8_t* p) { return _mm_loadu_si128((const __m128i*)p); }
static inline vb vb_xor(vb a, vb b) { return _mm_xor_si128(a, b); }
static inline vb vb_max(vb a, vb b) { return _mm_max_epu8(a, b); }
static inline vb vb_min(vb a, vb b) { return _mm_min_epu8(a, b); }
static inline void vb_store_part(uint8_t* p, vb v, int32_t n) {
  if (n >= VB_LANES) {
    _mm_storeu_si128((__m128i*)p, v);
    return;
  }
  uint8_t lanes[VB_LANES];
  _mm_storeu_si128((__m128i*)lanes, v);
  for (int32_t i = 0; i < n; ++i) p[i] = lanes[i];
}

// ---- the even and the odd bytes of a vector as words
#define VW_WORDS 1

static inline vb vw_set1(uint16_t x) { return _mm_set1_epi16((short)x); }
static inline vb vw_even(vb x) { return _mm_and_si128(x, _mm_set1_epi16(0xff)); }
static inline vb vw_odd(vb x) { return _mm_srli_epi16(x, 8); }
static inline vb vw_join(vb even, vb odd) { return _mm_or_si128(even, _mm_slli_epi16(odd, 8)); }
static inline vb vw_add(vb a, vb b) { return _mm_add_epi16(a, b); }
static inline vb vw_sub(vb a, vb b) { return _mm_sub_epi16(a, b); }
// The upper half of the product of unsigned words.
static inline vb vw_upper(vb a, vb b) { return _mm_mulhi_epu16(a, b); }
// -1 where a < b, else 0; both are below 2^15.
static inline vb vw_below(vb a, vb b) { return _mm_cmplt_epi16(a, b); }

#endif  // LITMARK_SIMD_SSE2_H_
