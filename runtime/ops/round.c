// SPDX-License-Identifier: MIT
//
// ROUND: rounds each element to the nearest integer, ties to even (the C default).
#include <math.h>

#include "ops/unary.h"

LM__UNARY_ROW(round_f32, float, nearbyintf(x))

static lm_status round_prepare(lm_op_context* context, lm_error* err) {
  static const lm__unary_kernel kernels[] = {{LM_FLOAT32, round_f32}};
  return lm__unary_prepare_plain(context, LM__KERNELS(kernels), err);
}

const lm_op lm_op_round = {
    .name = "ROUND",
    .builtin = LM_BUILTIN_ROUND,
    .max_version = 1,
    .in_place_inputs = 1u << 0,
    .prepare = round_prepare,
    .eval = lm__unary_eval,
};
