// SPDX-License-Identifier: MIT
//
// LESS: a < b with broadcasting.
#include "ops/compare.h"

LM__COMPARE_KERNELS(<)

static lm_status less_prepare(lm_op_context* context, lm_error* err) {
  // The last one is BOOL, which has no order.
  return lm__compare_prepare(context, kKernels, LM__COUNT(kKernels) - 1, err);
}

const lm_op lm_op_less = {
    .name = "LESS",
    .builtin = LM_BUILTIN_LESS,
    .max_version = 3,
    .in_place_inputs = 1u << 0 | 1u << 1,
    .prepare = less_prepare,
    .eval = lm__binary_eval,
};
