// SPDX-License-Identifier: MIT
//
// EQUAL: a == b with broadcasting.
#include "ops/compare.h"

LM__COMPARE_KERNELS(==)

static lm_status equal_prepare(lm_op_context* context, lm_error* err) {
  return lm__compare_prepare(context, kKernels, LM__COUNT(kKernels), err);
}

const lm_op lm_op_equal = {
    .name = "EQUAL",
    .builtin = LM_BUILTIN_EQUAL,
    .max_version = 4,
    .in_place_inputs = 1u << 0 | 1u << 1,
    .prepare = equal_prepare,
    .eval = lm__binary_eval,
};
