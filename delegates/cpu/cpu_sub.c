// SPDX-License-Identifier: MIT
#include "cpu_binary.h"

static const lm__cpu_binary kKind = {
    .f32_name = "f32_sub",
    .f32 = LM_F32_SUB,
    .q8 = LM_CPU_Q8_SUB,
    .has_activation = true,
};

LM_CPU_BINARY_OP(sub, LM_BUILTIN_SUB, kKind);
