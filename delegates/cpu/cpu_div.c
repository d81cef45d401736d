// SPDX-License-Identifier: MIT
#include "cpu_binary.h"

static const lm__cpu_binary kKind = {
    .f32_name = "f32_div",
    .f32 = LM_F32_DIV,
    .q8 = LM_CPU_Q8_NONE,
    .has_activation = true,
};

LM_CPU_BINARY_OP(div, LM_BUILTIN_DIV, kKind);
