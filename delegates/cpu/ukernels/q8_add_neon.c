// SPDX-License-Identifier: MIT
#include "simd_neon.h"

#define UK_NAME lm__uk_q8_add__neon
#include "q8_add_body.inc"
