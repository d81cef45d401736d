// SPDX-License-Identifier: MIT
#include "simd_sse2.h"

#define UK_NAME lm__uk_f32_gemm_5x8__sse2
#define UK_MR 5
#define UK_NV 2
#define UK_FMA vf_mul_add
#include "f32_gemm_body.inc"
