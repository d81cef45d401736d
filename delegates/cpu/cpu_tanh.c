// SPDX-License-Identifier: MIT
#include <math.h>

#include "cpu_unary.h"

static const lm__cpu_unary kKind = {
    .name = "f32_tanh",
    .exact = LM_CPU_NO_LOOP,
    .fast = LM_F32_TANH_FAST,
    .scalar = tanhf,
    .has_table = true,
};

LM_CPU_UNARY_OP(tanh, LM_BUILTIN_TANH, kKind);
