// SPDX-License-Identifier: MIT
#include "cpu_binary.h"

static const lm__cpu_binary kKind = {
    .f32_name = "f32_maximum",
    .f32 = LM_F32_MAXIMUM,
    .q8 = LM_CPU_Q8_MAXIMUM,
};

LM_CPU_BINARY_OP(maximum, LM_BUILTIN_MAXIMUM, kKind);
