// SPDX-License-Identifier: MIT
//
// LOGICAL_OR of two BOOL tensors, with broadcasting.
#include "ops/broadcast.h"

LM__BINARY_ROW(logical_or, bool, bool, void, u || v)

static lm_status logical_or_prepare(lm_op_context* context, lm_error* err) {
  static const lm__binary_kernel kernels[] = {{LM_BOOL, LM_BOOL, logical_or}};
  return lm__binary_prepare_plain(context, kernels, 1, err);
}

const lm_op lm_op_logical_or = {
    .name = "LOGICAL_OR",
    .builtin = LM_BUILTIN_LOGICAL_OR,
    .max_version = 1,
    .in_place_inputs = 1u << 0 | 1u << 1,
    .prepare = logical_or_prepare,
    .eval = lm__binary_eval,
};
