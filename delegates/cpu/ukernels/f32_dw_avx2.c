// SPDX-License-Identifier: MIT
#include "simd_avx2.h"

#define UK_NAME lm__uk_f32_dw_16c__avx2
#define UK_NV 2
#define UK_WIDE 0
#include "f32_dw_body.inc"
