// SPDX-License-Identifier: MIT
#include "cpu_unary.h"

static const lm__cpu_unary kKind = {
    .name = "f32_square",
    .exact = LM_F32_SQUARE,
    .fast = LM_CPU_NO_LOOP,
};

LM_CPU_UNARY_OP(square, LM_BUILTIN_SQUARE, kKind);
