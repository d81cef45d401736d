// SPDX-License-Identifier: MIT
//
// REVERSE_V2: turns dimensions around.
#include "ops/copy_util.h"

static lm_status reverse_v2_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  const lm_shape* shape = &lm_op_input(context, 0)->shape;
  const lm_tensor* axes = lm_op_input(context, 1);
  LM_TRY(lm__op_check_int_vector(context, "axes", axes, -1, err));
  bool reversed[LM_MAX_RANK] = {false};
  for (int32_t i = 0; i < axes->shape.dims[0]; ++i) {
    int32_t axis;
    LM_TRY(lm__op_read_int(context, "axis", axes, i, &axis, err));
    LM_TRY(lm__op_resolve_axis(context, axis, shape->rank, &axis, err));
    LM_OP_CHECK(context, !reversed[axis], LM_BAD_MODEL, "axis %d is named twice", axis);
    reversed[axis] = true;
  }
  LM_TRY(lm_op_set_output_shape(context, 0, shape, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__copy), &memory, err));
  lm__copy* copy = memory;
  int64_t strides[LM_MAX_RANK];
  lm__dense_strides(shape, strides);
  for (int32_t d = 0; d < shape->rank; ++d) {
    lm__copy_add(copy, shape->dims[d], reversed[d] ? -strides[d] : strides[d], strides[d]);
    if (reversed[d]) copy->in_offset += (shape->dims[d] - 1) * strides[d];
  }
  lm__copy_finish(copy);
  return LM_OK;
}

const lm_op lm_op_reverse_v2 = {
    .name = "REVERSE_V2",
    .builtin = LM_BUILTIN_REVERSE_V2,
    .max_version = 4,
    .prepare = reverse_v2_prepare,
    .eval = lm__copy_eval,
};
