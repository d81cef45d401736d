// SPDX-License-Identifier: MIT
#include "simd_avx2.h"

#define UK_NAME lm__uk_q8_mul__avx2
#include "q8_mul_body.inc"
