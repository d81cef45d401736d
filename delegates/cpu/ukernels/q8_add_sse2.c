// SPDX-License-Identifier: MIT
#include "simd_sse2.h"

#define UK_NAME lm__uk_q8_add__sse2
#include "q8_add_body.inc"
