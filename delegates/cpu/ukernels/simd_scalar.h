// SPDX-License-Identifier: MIT
//
// Vectors of one element, so that bodies written over vectors also give portable C. See
// ukernels/README.md for the vocabulary that every simd_<isa>.h defines.
#ifndef LITMARK_SIMD_SCALAR_H_
#define LITMARK_SIMD_SCALAR_H_

#include "litmark/kernel_math.h"
#include "ukernel.h"

#define VF_LANES 1
typedef float vf;

static inline vf vf_set1(float x) { return x; }
static inline vf vf_load(const float* p) { return *p; }
static inline void vf_store(float* p, vf v) { *p = v; }
static inline void vf_store_part(float* p, vf v, int32_t n) {
  if (n > 0) *p = v;
}
static inline vf vf_add(vf a, vf b) { return a + b; }
static inline vf vf_mul_add(vf a, vf b, vf c) { return a * b + c; }
static inline vf vf_clamp(vf x, vf low, vf high) {
  x = x < low ? low : x;
  return high < x ? high : x;
}

static inline vf vf_div(vf a, vf b) { return a / b; }
static inline vf vf_max(vf best, vf x) { return best < x ? x : best; }

#define VI_LANES 1
typedef int32_t vi;

static inline vi vi_zero(void) { return 0; }
static inline vi vi_set1(int32_t x) { return x; }
static inline vi vi_load(const int32_t* p) { return *p; }
static inline void vi_store(int32_t* p, vi v) { *p = v; }
// Sums wrap, as those of vector instructions do.
static inline vi vi_add(vi a, vi b) { return (vi)((uint32_t)a + (uint32_t)b); }
static inline vi vi_mul(vi a, vi b) { return (vi)((uint32_t)a * (uint32_t)b); }
static inline vi vi_clamp(vi x, vi low, vi high) { return x < low ? low : x > high ? high : x; }
static inline vi vi_requantize(vi x, vi multiplier, vi left, vi right) {
  return lm_rounding_divide_by_pot(lm_srdhm((int32_t)((uint32_t)x << left), multiplier), right);
}
static inline vi vi_shift_left(vi x, int bits) { return (vi)((uint32_t)x << bits); }
static inline vi vi_load8(const uint8_t* p, bool is_signed) { return is_signed ? (int8_t)*p : *p; }
static inline void vi_store8_part(uint8_t* p, vi v, int32_t n) {
  if (n > 0) *p = (uint8_t)v;
}

static inline vi vi_sub(vi a, vi b) { return (vi)((uint32_t)a - (uint32_t)b); }
static inline vi vi_xor(vi a, vi b) { return a ^ b; }
static inline vi vi_sign(vi x) { return x < 0 ? -1 : 0; }
static inline vi vi_shift_right_logical(vi x, int bits) { return (vi)((uint32_t)x >> bits); }

#define VB_LANES 1
typedef uint8_t vb;

static inline vb vb_set1(uint8_t x) { return x; }
static inline vb vb_load(const uint8_t* p) { return *p; }
static inline vb vb_xor(vb a, vb b) { return a ^ b; }
static inline vb vb_max(vb a, vb b) { return a > b ? a : b; }
static inline vb vb_min(vb a, vb b) { return a < b ? a : b; }
static inline void vb_store_part(uint8_t* p, vb v, int32_t n) {
  if (n > 0) *p = v;
}

#endif  // LITMARK_SIMD_SCALAR_H_
