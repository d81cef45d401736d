// SPDX-License-Identifier: MIT
#include "cpu_binary.h"

static const lm__cpu_binary kKind = {
    .f32_name = "f32_squared_difference",
    .f32 = LM_F32_SQUARED_DIFFERENCE,
    .q8 = LM_CPU_Q8_NONE,
};

LM_CPU_BINARY_OP(squared_difference, LM_BUILTIN_SQUARED_DIFFERENCE, kKind);
