// SPDX-License-Identifier: MIT
//
// REDUCE_ANY: whether any element is true.
#include "ops/reduce_util.h"

LM__REDUCE_ROW(reduce_any_bool, bool, bool, x || a)

static lm_status reduce_any_prepare(lm_op_context* context, lm_error* err) {
  static const lm__reduce_kernel kernels[] = {{LM_BOOL, reduce_any_bool}};
  void* params;
  return lm__reduce_prepare(context, kernels, 1, sizeof(lm__reduce), &params, err);
}

static lm_status reduce_any_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  static const bool initial = false;
  lm__reduce_into_output(context, &initial);
  return LM_OK;
}

const lm_op lm_op_reduce_any = {
    .name = "REDUCE_ANY",
    .builtin = LM_BUILTIN_REDUCE_ANY,
    .max_version = 1,
    .options = LM_OPTIONS_REDUCER,
    .options_optional = true,
    .prepare = reduce_any_prepare,
    .eval = reduce_any_eval,
};
