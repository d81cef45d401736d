// SPDX-License-Identifier: MIT
#include <float.h>

#include "cpu_features.h"
#include "simd_avx512.h"

#define UK_SET lm__uk_pool__avx512
#define UK_ISA LM_CPU_AVX512
#define UK_TITLE "pool__avx512"
#include "pool_body.inc"
