// SPDX-License-Identifier: MIT
//
// The products of f32_gemm_avx2.c with weights in float16.
#include "simd_avx2.h"

#define UK_NAME lm__uk_f32_gemm_half_6x16__avx2
#define UK_MR 6
#define UK_NV 2
#define UK_FMA vf_fma
#define UK_HALF
#include "f32_gemm_body.inc"

#define UK_NAME lm__uk_f32_gemm_half_8x8__avx2
#define UK_MR 8
#define UK_NV 1
#define UK_FMA vf_fma
#define UK_HALF
#include "f32_gemm_body.inc"

#define UK_NAME lm__uk_f32_gemm_half_5x16_exact__avx2
#define UK_MR 5
#define UK_NV 2
#define UK_FMA vf_mul_add
#define UK_HALF
#include "f32_gemm_body.inc"

#define UK_NAME lm__uk_f32_gemm_half_8x8_exact__avx2
#define UK_MR 8
#define UK_NV 1
#define UK_FMA vf_mul_add
#define UK_HALF
#include "f32_gemm_body.inc"
