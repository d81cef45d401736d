// SPDX-License-Identifier: MIT
#include "dw_window_args.h"
#include "simd_neon.h"

#define UK_TILE 4
#define UK_VECTORS 64
#define UK_HOLD(v) __asm__("" : "+w"(v))
static const float kZeros[UK_VECTORS * VF_LANES] = {0};

#define UK_NAME lm__uk_f32_dw_3x3s1__neon
#define UK_SIZE 3
#define UK_STRIDE 1
#define UK_ROWS 1
#define UK_FMA vf_fma
#include "f32_dw_window_body.inc"
#define UK_NAME lm__uk_f32_dw_3x3s2__neon
#define UK_SIZE 3
#define UK_STRIDE 2
#define UK_ROWS 1
#define UK_FMA vf_fma
#include "f32_dw_window_body.inc"
#define UK_NAME lm__uk_f32_dw_5x5s1__neon
#define UK_SIZE 5
#define UK_STRIDE 1
#define UK_ROWS 1
#define UK_FMA vf_fma
#include "f32_dw_window_body.inc"
#define UK_NAME lm__uk_f32_dw_5x5s2__neon
#define UK_SIZE 5
#define UK_STRIDE 2
#define UK_ROWS 1
#define UK_FMA vf_fma
#include "f32_dw_window_body.inc"

// Rounds each product, as the reference kernel does: see "exact" in f32_dw_list.inc.
#define UK_NAME lm__uk_f32_dw_3x3s1_exact__neon
#define UK_SIZE 3
#define UK_STRIDE 1
#define UK_ROWS 1
#define UK_FMA vf_mul_add
#include "f32_dw_window_body.inc"
#define UK_NAME lm__uk_f32_dw_3x3s2_exact__neon
#define UK_SIZE 3
#define UK_STRIDE 2
#define UK_ROWS 1
#define UK_FMA vf_mul_add
#include "f32_dw_window_body.inc"
#define UK_NAME lm__uk_f32_dw_5x5s1_exact__neon
#define UK_SIZE 5
#define UK_STRIDE 1
#define UK_ROWS 1
#define UK_FMA vf_mul_add
#include "f32_dw_window_body.inc"
#define UK_NAME lm__uk_f32_dw_5x5s2_exact__neon
#define UK_SIZE 5
#define UK_STRIDE 2
#define UK_ROWS 1
#define UK_FMA vf_mul_add
#include "f32_dw_window_body.inc"
