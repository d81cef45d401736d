// SPDX-License-Identifier: MIT
//
// PAD: puts a border around a tensor, of zeros.
#include "ops/pad_util.h"

const lm_op lm_op_pad = {
    .name = "PAD",
    .builtin = LM_BUILTIN_PAD,
    .max_version = 6,
    .prepare = lm__pad_prepare,
    .eval = lm__pad_eval,
};
