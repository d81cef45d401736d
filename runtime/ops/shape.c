// SPDX-License-Identifier: MIT
//
// SHAPE: the dimensions of a tensor as a vector.
#include "ops/op_util.h"

static lm_status shape_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 1, 1, 1, err));
  const lm_tensor* output = lm_op_output(context, 0);
  static const lm_type types[] = {LM_INT32, LM_INT64};
  LM_TRY(lm__op_check_type(context, "output", output, types, 2, err));
  const lm_shape shape = {.rank = 1, .dims = {lm_op_input(context, 0)->shape.rank}};
  return lm_op_set_output_shape(context, 0, &shape, err);
}

static lm_status shape_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm_shape* shape = &lm_op_input(context, 0)->shape;
  lm_tensor* output = lm_op_output(context, 0);
  for (int32_t d = 0; d < shape->rank; ++d) {
    if (output->type == LM_INT64) {
      ((int64_t*)output->data)[d] = shape->dims[d];
    } else {
      ((int32_t*)output->data)[d] = shape->dims[d];
    }
  }
  return LM_OK;
}

const lm_op lm_op_shape = {
    .name = "SHAPE",
    .builtin = LM_BUILTIN_SHAPE,
    .max_version = 1,
    .options = LM_OPTIONS_TYPE,
    .options_optional = true,
    .shape_only = true,
    .prepare = shape_prepare,
    .eval = shape_eval,
};
