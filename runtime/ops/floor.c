// SPDX-License-Identifier: MIT
//
// FLOOR: rounds each element down.
#include <math.h>

#include "ops/unary.h"

LM__UNARY_ROW(floor_f32, float, floorf(x))

static lm_status floor_prepare(lm_op_context* context, lm_error* err) {
  static const lm__unary_kernel kernels[] = {{LM_FLOAT32, floor_f32}};
  return lm__unary_prepare_plain(context, LM__KERNELS(kernels), err);
}

const lm_op lm_op_floor = {
    .name = "FLOOR",
    .builtin = LM_BUILTIN_FLOOR,
    .max_version = 1,
    .in_place_inputs = 1u << 0,
    .prepare = floor_prepare,
    .eval = lm__unary_eval,
};
