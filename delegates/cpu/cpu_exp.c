// SPDX-License-Identifier: MIT
#include <math.h>

#include "cpu_unary.h"

static const lm__cpu_unary kKind = {
    .name = "f32_exp",
    .exact = LM_CPU_NO_LOOP,
    .fast = LM_F32_EXP_FAST,
    .scalar = expf,
    .has_table = true,
};

LM_CPU_UNARY_OP(exp, LM_BUILTIN_EXP, kKind);
