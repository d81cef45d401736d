// SPDX-License-Identifier: MIT
#include "simd_avx512.h"

#define UK_NAME lm__uk_f32_gemm_7x32__avx512
#define UK_MR 7
#define UK_NV 2
#define UK_FMA vf_fma
#include "f32_gemm_body.inc"

// For output channels that leave no single vector to the last panel, which is slower than others.
#define UK_NAME lm__uk_f32_gemm_7x48__avx512
#define UK_MR 7
#define UK_NV 3
#define UK_FMA vf_fma
#include "f32_gemm_body.inc"

// Rounds each product, as the reference kernel does: see "exact" in f32_gemm_list.inc.
#define UK_NAME lm__uk_f32_gemm_7x32_exact__avx512
#define UK_MR 7
#define UK_NV 2
#define UK_FMA vf_mul_add
#include "f32_gemm_body.inc"

#define UK_NAME lm__uk_f32_gemm_7x48_exact__avx512
#define UK_MR 7
#define UK_NV 3
#define UK_FMA vf_mul_add
#include "f32_gemm_body.inc"
