// SPDX-License-Identifier: MIT
#include "gpu_move.h"

const lm__gpu_op lm__gpu_op_split_v = {
    .builtin = LM_BUILTIN_SPLIT_V,
    .supports = lm__gpu_split_supports,
    .compile = lm__gpu_split_compile,
};
