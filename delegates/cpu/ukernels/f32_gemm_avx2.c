// SPDX-License-Identifier: MIT
#include "simd_avx2.h"

#define UK_NAME lm__uk_f32_gemm_6x16__avx2
#define UK_MR 6
#define UK_NV 2
#define UK_FMA vf_fma
#include "f32_gemm_body.inc"

// For few output channels.
#define UK_NAME lm__uk_f32_gemm_8x8__avx2
#define UK_MR 8
#define UK_NV 1
#define UK_FMA vf_fma
#include "f32_gemm_body.inc"

// Rounds each product, as the reference kernel does: see "exact" in f32_gemm_list.inc.
#define UK_NAME lm__uk_f32_gemm_5x16_exact__avx2
#define UK_MR 5
#define UK_NV 2
#define UK_FMA vf_mul_add
#include "f32_gemm_body.inc"

#define UK_NAME lm__uk_f32_gemm_8x8_exact__avx2
#define UK_MR 8
#define UK_NV 1
#define UK_FMA vf_mul_add
#include "f32_gemm_body.inc"
