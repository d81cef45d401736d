// SPDX-License-Identifier: MIT
#include <math.h>

#include "cpu_unary.h"

static const lm__cpu_unary kKind = {
    .name = "f32_log",
    .exact = LM_CPU_NO_LOOP,
    .fast = LM_CPU_NO_LOOP,
    .scalar = logf,
    .has_table = true,
};

LM_CPU_UNARY_OP(log, LM_BUILTIN_LOG, kKind);
