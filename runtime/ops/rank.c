// SPDX-License-Identifier: MIT
//
// RANK: the number of dimensions of a tensor.
#include "ops/op_util.h"

static lm_status rank_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 1, 1, 1, err));
  static const lm_type types[] = {LM_INT32};
  LM_TRY(lm__op_check_type(context, "output", lm_op_output(context, 0), types, 1, err));
  const lm_shape scalar = {.rank = 0};
  return lm_op_set_output_shape(context, 0, &scalar, err);
}

static lm_status rank_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  *(int32_t*)lm_op_output(context, 0)->data = lm_op_input(context, 0)->shape.rank;
  return LM_OK;
}

const lm_op lm_op_rank = {
    .name = "RANK",
    .builtin = LM_BUILTIN_RANK,
    .max_version = 1,
    .shape_only = true,
    .prepare = rank_prepare,
    .eval = rank_eval,
};
