// SPDX-License-Identifier: MIT
//
// BROADCAST_ARGS: the shape that two shapes, given as vectors, broadcast to.
#include "ops/op_util.h"

static lm_status broadcast_args_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type types[] = {LM_INT32, LM_INT64};
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  const lm_tensor* a = lm_op_input(context, 0);
  const lm_tensor* b = lm_op_input(context, 1);
  LM_TRY(lm__op_check_type(context, "input 0", a, types, 2, err));
  LM_TRY(lm__op_check_same_type(context, "input 0", a, "input 1", b, err));
  LM_TRY(lm__op_check_same_type(context, "input 0", a, "output", lm_op_output(context, 0), err));
  LM_TRY(lm__op_check_rank(context, "input 0", a, 1, 1, err));
  LM_TRY(lm__op_check_rank(context, "input 1", b, 1, 1, err));
  const bool a_longer = a->shape.dims[0] > b->shape.dims[0];
  return lm_op_set_output_shape(context, 0, a_longer ? &a->shape : &b->shape, err);
}

static lm_status broadcast_args_eval(lm_op_context* context, lm_error* err) {
  const lm_tensor* a = lm_op_input(context, 0);
  const lm_tensor* b = lm_op_input(context, 1);
  lm_tensor* output = lm_op_output(context, 0);
  const int32_t rank = output->shape.dims[0];
  for (int32_t i = 1; i <= rank; ++i) {
    const int64_t da = i <= a->shape.dims[0] ? lm__op_int_at(a, a->shape.dims[0] - i) : 1;
    const int64_t db = i <= b->shape.dims[0] ? lm__op_int_at(b, b->shape.dims[0] - i) : 1;
    LM_OP_CHECK(context, da == db || da == 1 || db == 1, LM_BAD_INPUT,
                "dimensions %lld and %lld do not broadcast", (long long)da, (long long)db);
    const int64_t dim = da == 1 ? db : da;
    if (output->type == LM_INT64) {
      ((int64_t*)output->data)[rank - i] = dim;
    } else {
      ((int32_t*)output->data)[rank - i] = (int32_t)dim;
    }
  }
  return LM_OK;
}

const lm_op lm_op_broadcast_args = {
    .name = "BROADCAST_ARGS",
    .builtin = LM_BUILTIN_BROADCAST_ARGS,
    .max_version = 1,
    .prepare = broadcast_args_prepare,
    .eval = broadcast_args_eval,
};
