// SPDX-License-Identifier: MIT
#include "simd_avx512.h"

#define UK_NAME lm__uk_f32_dw_16c__avx512
#define UK_NV 1
#define UK_WIDE 1
#include "f32_dw_body.inc"
