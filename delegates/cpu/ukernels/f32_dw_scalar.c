// SPDX-License-Identifier: MIT
#include "simd_scalar.h"

#define UK_NAME lm__uk_f32_dw_4c__scalar
#define UK_NV 4
#define UK_WIDE 0
#define UK_FMA vf_mul_add
#include "f32_dw_body.inc"
