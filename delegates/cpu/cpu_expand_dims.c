// SPDX-License-Identifier: MIT
#include "cpu_copy.h"

const lm__cpu_op lm__cpu_op_expand_dims = {
    .builtin = LM_BUILTIN_EXPAND_DIMS,
    .supports = lm__cpu_copy_supports,
    .compile = lm__cpu_copy_compile,
};
