// SPDX-License-Identifier: MIT
#include <math.h>

#include "cpu_unary.h"

static const lm__cpu_unary kKind = {
    .name = "f32_sqrt",
    .exact = LM_CPU_NO_LOOP,
    .fast = LM_CPU_NO_LOOP,
    .scalar = sqrtf,
};

LM_CPU_UNARY_OP(sqrt, LM_BUILTIN_SQRT, kKind);
