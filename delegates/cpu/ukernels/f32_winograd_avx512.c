// SPDX-License-Identifier: MIT
#include "cpu_features.h"
#include "f32_winograd.h"
#include "simd_avx512.h"

#define UK_SET lm__uk_f32_winograd_4x4_3x3__avx512
#define UK_ISA LM_CPU_AVX512
#define UK_TITLE "f32_winograd_4x4_3x3__avx512"
#define UK_FMA vf_fma
#include "f32_winograd_body.inc"
