// SPDX-License-Identifier: MIT
#include "simd_sse2.h"

#define UK_NAME lm__uk_f32_dw_8c__sse2
#define UK_NV 2
#define UK_WIDE 0
#define UK_FMA vf_mul_add
#include "f32_dw_body.inc"
