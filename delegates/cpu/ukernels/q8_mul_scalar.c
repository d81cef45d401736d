// SPDX-License-Identifier: MIT
#include "simd_scalar.h"

#define UK_NAME lm__uk_q8_mul__scalar
#include "q8_mul_body.inc"
