// SPDX-License-Identifier: MIT
//
// ARG_MAX: where the largest element along an axis is.
#include "ops/arg_util.h"

static lm_status arg_max_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  lm__arg_run(context, true);
  return LM_OK;
}

const lm_op lm_op_arg_max = {
    .name = "ARG_MAX",
    .builtin = LM_BUILTIN_ARG_MAX,
    .max_version = 3,
    .options = LM_OPTIONS_TYPE,
    .options_optional = true,
    .prepare = lm__arg_prepare,
    .eval = arg_max_eval,
};
