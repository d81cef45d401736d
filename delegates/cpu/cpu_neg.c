// SPDX-License-Identifier: MIT
#include "cpu_unary.h"

static const lm__cpu_unary kKind = {
    .name = "f32_neg",
    .exact = LM_F32_NEG,
    .fast = LM_CPU_NO_LOOP,
};

LM_CPU_UNARY_OP(neg, LM_BUILTIN_NEG, kKind);
