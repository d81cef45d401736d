// SPDX-License-Identifier: MIT
#include "simd_scalar.h"

#define Q8_KR 1
#define Q8_PARTS 1
#define Q8_B_BYTES 1
typedef int32_t q8_a;
typedef int32_t q8_b;

LM_UK_INLINE q8_a q8_load_a(const uint8_t* p, bool flip) { return flip ? *p ^ 0x80 : *p; }
LM_UK_INLINE q8_b q8_load_b(const uint8_t* p) { return (int8_t)*p; }
LM_UK_INLINE vi q8_dot(vi acc, q8_a a, q8_b b) { return vi_add(acc, a * b); }
LM_UK_INLINE vi q8_join(const vi* acc) { return acc[0]; }

#define UK_NAME lm__uk_q8_gemm_4x4c1__scalar
#define UK_MR 4
#define UK_NV 4
#include "q8_gemm_body.inc"
