// SPDX-License-Identifier: MIT
//
// The products of f32_gemm_neon.c with weights in float16.
#include "simd_neon.h"

#define UK_NAME lm__uk_f32_gemm_half_6x8__neon
#define UK_MR 6
#define UK_NV 2
#define UK_FMA vf_fma
#define UK_HALF
#include "f32_gemm_body.inc"

#define UK_NAME lm__uk_f32_gemm_half_6x8_exact__neon
#define UK_MR 6
#define UK_NV 2
#define UK_FMA vf_mul_add
#define UK_HALF
#include "f32_gemm_body.inc"
