// SPDX-License-Identifier: MIT
//
// NEG: the element with the other sign.
#include "ops/unary.h"

LM__UNARY_ROW(neg_f32, float, -x)
LM__UNARY_ROW(neg_i32, int32_t, 0u - (uint32_t)x)
LM__UNARY_ROW(neg_i64, int64_t, 0u - (uint64_t)x)

static lm_status neg_prepare(lm_op_context* context, lm_error* err) {
  static const lm__unary_kernel kernels[] = {
      {LM_FLOAT32, neg_f32}, {LM_INT32, neg_i32}, {LM_INT64, neg_i64}};
  return lm__unary_prepare_plain(context, LM__KERNELS(kernels), err);
}

const lm_op lm_op_neg = {
    .name = "NEG",
    .builtin = LM_BUILTIN_NEG,
    .max_version = 1,
    .in_place_inputs = 1u << 0,
    .prepare = neg_prepare,
    .eval = lm__unary_eval,
};
