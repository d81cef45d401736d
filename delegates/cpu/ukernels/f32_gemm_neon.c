// SPDX-License-Identifier: MIT
#include "simd_neon.h"

#define UK_NAME lm__uk_f32_gemm_6x8__neon
#define UK_MR 6
#define UK_NV 2
#include "f32_gemm_body.inc"
