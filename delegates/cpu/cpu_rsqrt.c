// SPDX-License-Identifier: MIT
#include <math.h>

#include "cpu_unary.h"

static float rsqrt(float x) { return 1.0f / sqrtf(x); }

static const lm__cpu_unary kKind = {
    .name = "f32_rsqrt",
    .exact = LM_CPU_NO_LOOP,
    .fast = LM_CPU_NO_LOOP,
    .scalar = rsqrt,
};

LM_CPU_UNARY_OP(rsqrt, LM_BUILTIN_RSQRT, kKind);
