// SPDX-License-Identifier: MIT
//
// LOGICAL_NOT of a BOOL tensor.
#include "ops/unary.h"

LM__UNARY_ROW(logical_not, bool, !x)

static lm_status logical_not_prepare(lm_op_context* context, lm_error* err) {
  static const lm__unary_kernel kernels[] = {{LM_BOOL, logical_not}};
  return lm__unary_prepare_plain(context, LM__KERNELS(kernels), err);
}

const lm_op lm_op_logical_not = {
    .name = "LOGICAL_NOT",
    .builtin = LM_BUILTIN_LOGICAL_NOT,
    .max_version = 1,
    .in_place_inputs = 1u << 0,
    .prepare = logical_not_prepare,
    .eval = lm__unary_eval,
};
