// SPDX-License-Identifier: MIT
//
// COS: cosine of each element.
#include <math.h>

#include "ops/unary.h"

LM__UNARY_ROW(cos_f32, float, cosf(x))

static lm_status cos_prepare(lm_op_context* context, lm_error* err) {
  static const lm__unary_kernel kernels[] = {{LM_FLOAT32, cos_f32}};
  return lm__unary_prepare_plain(context, LM__KERNELS(kernels), err);
}

const lm_op lm_op_cos = {
    .name = "COS",
    .builtin = LM_BUILTIN_COS,
    .max_version = 1,
    .in_place_inputs = 1u << 0,
    .prepare = cos_prepare,
    .eval = lm__unary_eval,
};
