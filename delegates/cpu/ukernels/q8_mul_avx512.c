// SPDX-License-Identifier: MIT
#include "simd_avx512.h"

#define UK_NAME lm__uk_q8_mul__avx512
#include "q8_mul_body.inc"
