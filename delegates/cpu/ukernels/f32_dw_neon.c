// SPDX-License-Identifier: MIT
#include "simd_neon.h"

#define UK_NAME lm__uk_f32_dw_8c__neon
#define UK_NV 2
#define UK_WIDE 1
#define UK_FMA vf_fma
#include "f32_dw_body.inc"

// Rounds each product, as the reference kernel does: see "exact" in f32_dw_list.inc.
#define UK_NAME lm__uk_f32_dw_8c_exact__neon
#define UK_NV 2
#define UK_WIDE 1
#define UK_FMA vf_mul_add
#include "f32_dw_body.inc"
