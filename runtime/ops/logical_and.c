// SPDX-License-Identifier: MIT
//
// LOGICAL_AND of two BOOL tensors, with broadcasting.
#include "ops/broadcast.h"

LM__BINARY_ROW(logical_and, bool, bool, void, u&& v)

static lm_status logical_and_prepare(lm_op_context* context, lm_error* err) {
  static const lm__binary_kernel kernels[] = {{LM_BOOL, LM_BOOL, logical_and}};
  return lm__binary_prepare_plain(context, kernels, 1, err);
}

const lm_op lm_op_logical_and = {
    .name = "LOGICAL_AND",
    .builtin = LM_BUILTIN_LOGICAL_AND,
    .max_version = 1,
    .in_place_inputs = 1u << 0 | 1u << 1,
    .prepare = logical_and_prepare,
    .eval = lm__binary_eval,
};
