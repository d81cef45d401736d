// SPDX-License-Identifier: MIT
#include "cpu_copy.h"

const lm__cpu_op lm__cpu_op_squeeze = {
    .builtin = LM_BUILTIN_SQUEEZE,
    .supports = lm__cpu_copy_supports,
    .compile = lm__cpu_copy_compile,
};
