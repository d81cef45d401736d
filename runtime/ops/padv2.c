// SPDX-License-Identifier: MIT
//
// PADV2: puts a border around a tensor, of a value that is the third input.
#include "ops/pad_util.h"

const lm_op lm_op_padv2 = {
    .name = "PADV2",
    .builtin = LM_BUILTIN_PADV2,
    .max_version = 6,
    .prepare = lm__pad_prepare,
    .eval = lm__pad_eval,
};
