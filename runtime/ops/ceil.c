// SPDX-License-Identifier: MIT
//
// CEIL: rounds each element up.
#include <math.h>

#include "ops/unary.h"

LM__UNARY_ROW(ceil_f32, float, ceilf(x))

static lm_status ceil_prepare(lm_op_context* context, lm_error* err) {
  static const lm__unary_kernel kernels[] = {{LM_FLOAT32, ceil_f32}};
  return lm__unary_prepare_plain(context, LM__KERNELS(kernels), err);
}

const lm_op lm_op_ceil = {
    .name = "CEIL",
    .builtin = LM_BUILTIN_CEIL,
    .max_version = 1,
    .in_place_inputs = 1u << 0,
    .prepare = ceil_prepare,
    .eval = lm__unary_eval,
};
