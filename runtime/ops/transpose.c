// SPDX-License-Identifier: MIT
//
// TRANSPOSE: dimension i of the output is dimension perm[i] of the input.
#include "ops/copy_util.h"

static lm_status transpose_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  const lm_shape* input = &lm_op_input(context, 0)->shape;
  const lm_tensor* perm = lm_op_input(context, 1);
  LM_TRY(lm__op_check_int_vector(context, "permutation", perm, input->rank, err));
  lm_shape shape = {.rank = input->rank};
  int32_t from[LM_MAX_RANK];
  bool seen[LM_MAX_RANK] = {false};
  for (int32_t d = 0; d < input->rank; ++d) {
    LM_TRY(lm__op_read_int(context, "permutation", perm, d, &from[d], err));
    LM_TRY(lm__op_resolve_axis(context, from[d], input->rank, &from[d], err));
    LM_OP_CHECK(context, !seen[from[d]], LM_BAD_MODEL, "axis %d is in the permutation twice",
                from[d]);
    seen[from[d]] = true;
    shape.dims[d] = input->dims[from[d]];
  }
  LM_TRY(lm_op_set_output_shape(context, 0, &shape, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__copy), &memory, err));
  int64_t in_strides[LM_MAX_RANK], out_strides[LM_MAX_RANK];
  lm__dense_strides(input, in_strides);
  lm__dense_strides(&shape, out_strides);
  for (int32_t d = 0; d < shape.rank; ++d) {
    lm__copy_add(memory, shape.dims[d], in_strides[from[d]], out_strides[d]);
  }
  lm__copy_finish(memory);
  return LM_OK;
}

const lm_op lm_op_transpose = {
    .name = "TRANSPOSE",
    .builtin = LM_BUILTIN_TRANSPOSE,
    .max_version = 8,
    .prepare = transpose_prepare,
    .eval = lm__copy_eval,
};
