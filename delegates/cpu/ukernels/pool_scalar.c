// SPDX-License-Identifier: MIT
#include <float.h>

#include "cpu_features.h"
#include "simd_scalar.h"

#define UK_SET lm__uk_pool__scalar
#define UK_ISA 0
#define UK_TITLE "pool__scalar"
#include "pool_body.inc"
