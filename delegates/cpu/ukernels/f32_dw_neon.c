// SPDX-License-Identifier: MIT
#include "simd_neon.h"

#define UK_NAME lm__uk_f32_dw_8c__neon
#define UK_NV 2
#define UK_WIDE 1
#include "f32_dw_body.inc"
