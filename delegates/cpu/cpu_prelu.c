// SPDX-License-Identifier: MIT
#include "cpu_binary.h"

static const lm__cpu_binary kKind = {
    .f32_name = "f32_prelu",
    .f32 = LM_F32_PRELU,
    .q8 = LM_CPU_Q8_NONE,
};

LM_CPU_BINARY_OP(prelu, LM_BUILTIN_PRELU, kKind);
