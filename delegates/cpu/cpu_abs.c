// SPDX-License-Identifier: MIT
#include "cpu_unary.h"

static const lm__cpu_unary kKind = {
    .name = "f32_abs",
    .exact = LM_F32_ABS,
    .fast = LM_CPU_NO_LOOP,
    .has_table = true,
};

LM_CPU_UNARY_OP(abs, LM_BUILTIN_ABS, kKind);
