// SPDX-License-Identifier: MIT
#include <math.h>

#include "cpu_unary.h"

static float elu(float x) { return x < 0.0f ? expm1f(x) : x; }

static const lm__cpu_unary kKind = {
    .name = "f32_elu",
    .exact = LM_CPU_NO_LOOP,
    .fast = LM_CPU_NO_LOOP,
    .scalar = elu,
    .has_table = true,
};

LM_CPU_UNARY_OP(elu, LM_BUILTIN_ELU, kKind);
