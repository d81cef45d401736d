// SPDX-License-Identifier: MIT
//
// EXPAND_DIMS: inserts a dimension of 1.
#include "ops/copy_util.h"

static lm_status expand_dims_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  const lm_tensor* input = lm_op_input(context, 0);
  LM_TRY(lm__op_check_same_quantization(context, "input", input, "output", lm_op_output(context, 0),
                                        err));
  const lm_shape* from = &input->shape;
  LM_TRY(lm__op_check_int_vector(context, "axis", lm_op_input(context, 1), 1, err));
  LM_OP_CHECK(context, from->rank < LM_MAX_RANK, LM_UNSUPPORTED, "output has rank %d, at most %d",
              from->rank + 1, LM_MAX_RANK);
  int32_t axis;
  LM_TRY(lm__op_read_int(context, "axis", lm_op_input(context, 1), 0, &axis, err));
  LM_TRY(lm__op_resolve_axis(context, axis, from->rank + 1, &axis, err));
  lm_shape shape = {.rank = from->rank + 1};
  for (int32_t d = 0; d < shape.rank; ++d) {
    shape.dims[d] = d == axis ? 1 : from->dims[d < axis ? d : d - 1];
  }
  return lm_op_set_output_shape(context, 0, &shape, err);
}

const lm_op lm_op_expand_dims = {
    .name = "EXPAND_DIMS",
    .builtin = LM_BUILTIN_EXPAND_DIMS,
    .max_version = 1,
    .in_place_inputs = 1u << 0,
    .prepare = expand_dims_prepare,
    .eval = lm__alias_eval,
};
