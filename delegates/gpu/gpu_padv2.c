// SPDX-License-Identifier: MIT
#include "gpu_border.h"

const lm__gpu_op lm__gpu_op_padv2 = {
    .builtin = LM_BUILTIN_PADV2,
    .supports = lm__gpu_pad_supports,
    .compile = lm__gpu_pad_compile,
};
