// SPDX-License-Identifier: MIT
#include "simd_neon.h"

#define UK_NAME lm__uk_q8_mul__neon
#include "q8_mul_body.inc"
