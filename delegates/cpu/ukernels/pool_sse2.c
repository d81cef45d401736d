// SPDX-License-Identifier: MIT
#include <float.h>

#include "cpu_features.h"
#include "simd_sse2.h"

#define UK_SET lm__uk_pool__sse2
#define UK_ISA LM_CPU_SSE2
#define UK_TITLE "pool__sse2"
#include "pool_body.inc"
