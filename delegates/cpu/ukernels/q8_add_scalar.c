// SPDX-License-Identifier: MIT
#include "simd_scalar.h"

#define UK_NAME lm__uk_q8_add__scalar
#include "q8_add_body.inc"
