// SPDX-License-Identifier: MIT
//
// SIGN: -1, 0 or 1.
#include "ops/unary.h"

LM__UNARY_ROW(sign_f32, float, (x > 0.0f) - (x < 0.0f))
LM__UNARY_ROW(sign_i32, int32_t, (x > 0) - (x < 0))

static lm_status sign_prepare(lm_op_context* context, lm_error* err) {
  static const lm__unary_kernel kernels[] = {{LM_FLOAT32, sign_f32}, {LM_INT32, sign_i32}};
  return lm__unary_prepare_plain(context, LM__KERNELS(kernels), err);
}

const lm_op lm_op_sign = {
    .name = "SIGN",
    .builtin = LM_BUILTIN_SIGN,
    .max_version = 2,
    .in_place_inputs = 1u << 0,
    .prepare = sign_prepare,
    .eval = lm__unary_eval,
};
