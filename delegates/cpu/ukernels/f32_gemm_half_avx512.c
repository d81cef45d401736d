// SPDX-License-Identifier: MIT
//
// The products of f32_gemm_avx512.c with weights in float16.
#include "simd_avx512.h"

#define UK_NAME lm__uk_f32_gemm_half_7x32__avx512
#define UK_MR 7
#define UK_NV 2
#define UK_FMA vf_fma
#define UK_HALF
#include "f32_gemm_body.inc"

#define UK_NAME lm__uk_f32_gemm_half_7x48__avx512
#define UK_MR 7
#define UK_NV 3
#define UK_FMA vf_fma
#define UK_HALF
#include "f32_gemm_body.inc"

#define UK_NAME lm__uk_f32_gemm_half_7x32_exact__avx512
#define UK_MR 7
#define UK_NV 2
#define UK_FMA vf_mul_add
#define UK_HALF
#include "f32_gemm_body.inc"

#define UK_NAME lm__uk_f32_gemm_half_7x48_exact__avx512
#define UK_MR 7
#define UK_NV 3
#define UK_FMA vf_mul_add
#define UK_HALF
#include "f32_gemm_body.inc"
