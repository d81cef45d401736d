// SPDX-License-Identifier: MIT
#include "simd_avx2.h"

#define UK_NAME lm__uk_f32_gemm_6x16__avx2
#define UK_MR 6
#define UK_NV 2
#include "f32_gemm_body.inc"

// For few output channels.
#define UK_NAME lm__uk_f32_gemm_8x8__avx2
#define UK_MR 8
#define UK_NV 1
#include "f32_gemm_body.inc"
