// SPDX-License-Identifier: MIT
#include <float.h>

#include "cpu_features.h"
#include "simd_neon.h"

#define UK_SET lm__uk_pool__neon
#define UK_ISA LM_CPU_NEON
#define UK_TITLE "pool__neon"
#include "pool_body.inc"
