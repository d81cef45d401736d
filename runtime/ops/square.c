// SPDX-License-Identifier: MIT
//
// SQUARE: square of each element.
#include <math.h>

#include "ops/unary.h"

LM__UNARY_ROW(square_f32, float, x* x)

static lm_status square_prepare(lm_op_context* context, lm_error* err) {
  static const lm__unary_kernel kernels[] = {{LM_FLOAT32, square_f32}};
  return lm__unary_prepare_plain(context, LM__KERNELS(kernels), err);
}

const lm_op lm_op_square = {
    .name = "SQUARE",
    .builtin = LM_BUILTIN_SQUARE,
    .max_version = 1,
    .in_place_inputs = 1u << 0,
    .prepare = square_prepare,
    .eval = lm__unary_eval,
};
