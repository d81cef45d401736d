// SPDX-License-Identifier: MIT
#include "cpu_features.h"
#include "f32_winograd.h"
#include "simd_scalar.h"

#define UK_SET lm__uk_f32_winograd_4x4_3x3__scalar
#define UK_ISA 0
#define UK_TITLE "f32_winograd_4x4_3x3__scalar"
#define UK_FMA vf_mul_add
#include "f32_winograd_body.inc"
