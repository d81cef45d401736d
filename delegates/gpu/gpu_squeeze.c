// SPDX-License-Identifier: MIT
#include "gpu_share.h"

const lm__gpu_op lm__gpu_op_squeeze = {
    .builtin = LM_BUILTIN_SQUEEZE,
    .supports = lm__gpu_share_supports,
    .compile = lm__gpu_share_compile,
};
