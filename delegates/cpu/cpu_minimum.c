// SPDX-License-Identifier: MIT
#include "cpu_binary.h"

static const lm__cpu_binary kKind = {
    .f32_name = "f32_minimum",
    .f32 = LM_F32_MINIMUM,
    .q8 = LM_CPU_Q8_MINIMUM,
};

LM_CPU_BINARY_OP(minimum, LM_BUILTIN_MINIMUM, kKind);
