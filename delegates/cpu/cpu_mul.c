// SPDX-License-Identifier: MIT
#include "cpu_binary.h"

static const lm__cpu_binary kKind = {
    .f32_name = "f32_mul",
    .f32 = LM_F32_MUL,
    .q8 = LM_CPU_Q8_MUL,
    .has_activation = true,
};

LM_CPU_BINARY_OP(mul, LM_BUILTIN_MUL, kKind);
