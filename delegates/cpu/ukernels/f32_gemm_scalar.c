// SPDX-License-Identifier: MIT
#include "simd_scalar.h"

#define UK_NAME lm__uk_f32_gemm_4x4__scalar
#define UK_MR 4
#define UK_NV 4
#define UK_FMA vf_mul_add
#include "f32_gemm_body.inc"
