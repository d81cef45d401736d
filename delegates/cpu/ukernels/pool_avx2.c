// SPDX-License-Identifier: MIT
#include <float.h>

#include "cpu_features.h"
#include "simd_avx2.h"

#define UK_SET lm__uk_pool__avx2
#define UK_ISA LM_CPU_AVX2
#define UK_TITLE "pool__avx2"
#include "pool_body.inc"
