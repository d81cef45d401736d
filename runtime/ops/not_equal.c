// SPDX-License-Identifier: MIT
//
// NOT_EQUAL: a != b with broadcasting.
#include "ops/compare.h"

LM__COMPARE_KERNELS(!=)

static lm_status not_equal_prepare(lm_op_context* context, lm_error* err) {
  return lm__compare_prepare(context, kKernels, LM__COUNT(kKernels), err);
}

const lm_op lm_op_not_equal = {
    .name = "NOT_EQUAL",
    .builtin = LM_BUILTIN_NOT_EQUAL,
    .max_version = 4,
    .in_place_inputs = 1u << 0 | 1u << 1,
    .prepare = not_equal_prepare,
    .eval = lm__binary_eval,
};
