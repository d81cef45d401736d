// SPDX-License-Identifier: MIT
#ifndef LITMARK_SIMD_NEON_H_
#define LITMARK_SIMD_NEON_H_

#include <arm_neon.h>
#include <string.h>

#include "ukernel.h"

#define VF_LANES 4
typedef float32x4_t vf;

static inline vf vf_set1(float x) { return vdupq_n_f32(x); }
static inline vf vf_load(const float* p) { return vld1q_f32(p); }
static inline vf vf_load_half(const uint16_t* p) {
  return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}
static inline void vf_store(float* p, vf v) { vst1q_f32(p, v); }
static inline void vf_store_part(float* p, vf v, int32_t n) {
  if (n >= VF_LANES) {
    vst1q_f32(p, v);
    return;
  }
  float lanes[VF_LANES];
  vst1q_f32(lanes, v);
  for (int32_t i = 0; i < n; ++i) p[i] = lanes[i];
}
static inline vf vf_add(vf a, vf b) { return vaddq_f32(a, b); }
static inline vf vf_mul_add(vf a, vf b, vf c) { return vaddq_f32(vmulq_f32(a, b), c); }
static inline vf vf_fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
static inline vf vf_clamp(vf x, vf low, vf high) { return vminq_f32(high, vmaxq_f32(low, x)); }

static inline vf vf_div(vf a, vf b) { return vdivq_f32(a, b); }
static inline vf vf_max(vf best, vf x) { return vbslq_f32(vcltq_f32(best, x), x, best); }

#define VI_LANES 4
typedef int32x4_t vi;

static inline vi vi_zero(void) { return vdupq_n_s32(0); }
static inline vi vi_set1(int32_t x) { return vdupq_n_s32(x); }
static inline vi vi_load(const int32_t* p) { return vld1q_s32(p); }
static inline void vi_store(int32_t* p, vi v) { vst1q_s32(p, v); }
static inline vi vi_add(vi a, vi b) { return vaddq_s32(a, b); }
static inline vi vi_mul(vi a, vi b) { return vmulq_s32(a, b); }
static inline vi vi_clamp(vi x, vi low, vi high) { return vminq_s32(vmaxq_s32(x, low), high); }
// As lm_multiply(): vrshl rounds half up, and the correction by one makes that half away from zero.
static inline vi vi_requantize(vi x, vi multiplier, vi left, vi right) {
  const vi shift = vnegq_s32(right);
  const vi high = vqrdmulhq_s32(vshlq_s32(x, left), multiplier);
  const vi correction = vshrq_n_s32(vandq_s32(high, shift), 31);
  return vrshlq_s32(vqaddq_s32(high, correction), shift);
}
static inline vi vi_shift_left(vi x, int bits) { return vshlq_s32(x, vdupq_n_s32(bits)); }
static inline vi vi_load8(const uint8_t* p, bool is_signed) {
  uint32_t bytes;
  memcpy(&bytes, p, sizeof bytes);
  const uint8x8_t x = vreinterpret_u8_u32(vdup_n_u32(bytes));
  if (is_signed) return vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_u8(x))));
  return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(x))));
}
// Values already fit 8 bits, signed or not.
static inline void vi_store8_part(uint8_t* p, vi v, int32_t n) {
  const uint16x4_t words = vmovn_u32(vreinterpretq_u32_s32(v));
  const uint8x8_t bytes = vmovn_u16(vcombine_u16(words, words));
  const uint32_t word = vget_lane_u32(vreinterpret_u32_u8(bytes), 0);
  if (n >= VI_LANES) {
    memcpy(p, &word, sizeof word);
  } else if (n > 0) {
    memcpy(p, &word, (size_t)n);
  }
}

static inline vi vi_sub(vi a, vi b) { return vsubq_s32(a, b); }
static inline vi vi_xor(vi a, vi b) { return veorq_s32(a, b); }
static inline vi vi_sign(vi x) { return vshrq_n_s32(x, 31); }
static inline vi vi_shift_right_logical(vi x, int bits) {
  return vreinterpretq_s32_u32(vshlq_u32(vreinterpretq_u32_s32(x), vdupq_n_s32(-bits)));
}

#define VB_LANES 16
typedef uint8x16_t vb;

static inline vb vb_set1(uint8_t x) { return vdupq_n_u8(x); }
static inline vb vb_load(const uint8_t* p) { return vld1q_u8(p); }
static inline vb vb_xor(vb a, vb b) { return veorq_u8(a, b); }
static inline vb vb_max(vb a, vb b) { return vmaxq_u8(a, b); }
static inline vb vb_min(vb a, vb b) { return vminq_u8(a, b); }
static inline void vb_store_part(uint8_t* p, vb v, int32_t n) {
  if (n >= VB_LANES) {
    vst1q_u8(p, v);
    return;
  }
  uint8_t lanes[VB_LANES];
  vst1q_u8(lanes, v);
  for (int32_t i = 0; i < n; ++i) p[i] = lanes[i];
}

// ---- the even and the odd bytes of a vector as words
#define VW_WORDS 1

static inline uint16x8_t vw_of(vb x) { return vreinterpretq_u16_u8(x); }
static inline vb vw_bytes(uint16x8_t x) { return vreinterpretq_u8_u16(x); }
static inline vb vw_set1(uint16_t x) { return vw_bytes(vdupq_n_u16(x)); }
static inline vb vw_even(vb x) { return vandq_u8(x, vw_set1(0xff)); }
static inline vb vw_odd(vb x) { return vw_bytes(vshrq_n_u16(vw_of(x), 8)); }
static inline vb vw_join(vb even, vb odd) {
  return vorrq_u8(even, vw_bytes(vshlq_n_u16(vw_of(odd), 8)));
}
static inline vb vw_add(vb a, vb b) { return vw_bytes(vaddq_u16(vw_of(a), vw_of(b))); }
static inline vb vw_sub(vb a, vb b) { return vw_bytes(vsubq_u16(vw_of(a), vw_of(b))); }
// The upper half of the product of unsigned words.
static inline vb vw_upper(vb a, vb b) {
  const uint32x4_t low = vmull_u16(vget_low_u16(vw_of(a)), vget_low_u16(vw_of(b)));
  const uint32x4_t high = vmull_high_u16(vw_of(a), vw_of(b));
  return vw_bytes(vshrn_high_n_u32(vshrn_n_u32(low, 16), high, 16));
}
// -1 where a < b, else 0; both are below 2^15.
static inline vb vw_below(vb a, vb b) { return vw_bytes(vcltq_u16(vw_of(a), vw_of(b))); }

#endif  // LITMARK_SIMD_NEON_H_
