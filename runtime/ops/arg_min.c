// SPDX-License-Identifier: MIT
//
// ARG_MIN: where the smallest element along an axis is.
#include "ops/arg_util.h"

static lm_status arg_min_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  lm__arg_run(context, false);
  return LM_OK;
}

const lm_op lm_op_arg_min = {
    .name = "ARG_MIN",
    .builtin = LM_BUILTIN_ARG_MIN,
    .max_version = 3,
    .options = LM_OPTIONS_TYPE,
    .options_optional = true,
    .prepare = lm__arg_prepare,
    .eval = arg_min_eval,
};
