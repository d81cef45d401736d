// SPDX-License-Identifier: MIT
//
// SIN: sine of each element.
#include <math.h>

#include "ops/unary.h"

LM__UNARY_ROW(sin_f32, float, sinf(x))

static lm_status sin_prepare(lm_op_context* context, lm_error* err) {
  static const lm__unary_kernel kernels[] = {{LM_FLOAT32, sin_f32}};
  return lm__unary_prepare_plain(context, LM__KERNELS(kernels), err);
}

const lm_op lm_op_sin = {
    .name = "SIN",
    .builtin = LM_BUILTIN_SIN,
    .max_version = 1,
    .in_place_inputs = 1u << 0,
    .prepare = sin_prepare,
    .eval = lm__unary_eval,
};
