// SPDX-License-Identifier: MIT
//
// REDUCE_ALL: whether every element is true.
#include "ops/reduce_util.h"

LM__REDUCE_ROW(reduce_all_bool, bool, bool, x&& a)

static lm_status reduce_all_prepare(lm_op_context* context, lm_error* err) {
  static const lm__reduce_kernel kernels[] = {{LM_BOOL, reduce_all_bool}};
  void* params;
  return lm__reduce_prepare(context, kernels, 1, sizeof(lm__reduce), &params, err);
}

static lm_status reduce_all_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  static const bool initial = true;
  lm__reduce_into_output(context, &initial);
  return LM_OK;
}

const lm_op lm_op_reduce_all = {
    .name = "REDUCE_ALL",
    .builtin = LM_BUILTIN_REDUCE_ALL,
    .max_version = 1,
    .options = LM_OPTIONS_REDUCER,
    .options_optional = true,
    .prepare = reduce_all_prepare,
    .eval = reduce_all_eval,
};
