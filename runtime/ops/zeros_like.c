// SPDX-License-Identifier: MIT
//
// ZEROS_LIKE: zeros in the shape of the input.
#include <string.h>

#include "ops/copy_util.h"

static lm_status zeros_like_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type types[] = {LM_FLOAT32, LM_INT32, LM_INT64};
  LM_TRY(lm__op_check_counts(context, 1, 1, 1, err));
  LM_TRY(lm__op_check_type(context, "input", lm_op_input(context, 0), types, 3, err));
  LM_TRY(lm__op_check_copyable(context, err));
  return lm_op_set_output_shape(context, 0, &lm_op_input(context, 0)->shape, err);
}

static lm_status zeros_like_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  lm_tensor* output = lm_op_output(context, 0);
  memset(output->data, 0, output->bytes);
  return LM_OK;
}

const lm_op lm_op_zeros_like = {
    .name = "ZEROS_LIKE",
    .builtin = LM_BUILTIN_ZEROS_LIKE,
    .max_version = 1,
    .in_place_inputs = 1u << 0,
    .prepare = zeros_like_prepare,
    .eval = zeros_like_eval,
};
