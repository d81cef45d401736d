// SPDX-License-Identifier: MIT
#include "cpu_unary.h"

static const lm__cpu_unary kKind = {
    .name = "f32_hard_swish",
    .exact = LM_F32_HARD_SWISH,
    .fast = LM_CPU_NO_LOOP,
    .has_table = true,
};

LM_CPU_UNARY_OP(hard_swish, LM_BUILTIN_HARD_SWISH, kKind);
