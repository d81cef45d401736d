// SPDX-License-Identifier: MIT
#include "cpu_binary.h"

static const lm__cpu_binary kKind = {
    .f32_name = "f32_add",
    .f32 = LM_F32_ADD,
    .q8 = LM_CPU_Q8_ADD,
    .has_activation = true,
};

LM_CPU_BINARY_OP(add, LM_BUILTIN_ADD, kKind);
