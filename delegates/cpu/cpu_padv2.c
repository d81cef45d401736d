// SPDX-License-Identifier: MIT
#include "cpu_pad.h"

const lm__cpu_op lm__cpu_op_padv2 = {
    .builtin = LM_BUILTIN_PADV2,
    .supports = lm__cpu_pad_supports,
    .compile = lm__cpu_pad_compile,
};
