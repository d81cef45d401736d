// SPDX-License-Identifier: MIT
#include "simd_neon.h"

#define UK_NAME lm__uk_f32_gemm_6x8__neon
#define UK_MR 6
#define UK_NV 2
#define UK_FMA vf_fma
#include "f32_gemm_body.inc"

// Rounds each product, as the reference kernel does: see "exact" in f32_gemm_list.inc.
#define UK_NAME lm__uk_f32_gemm_6x8_exact__neon
#define UK_MR 6
#define UK_NV 2
#define UK_FMA vf_mul_add
#include "f32_gemm_body.inc"
