// SPDX-License-Identifier: MIT
//
// SLICE: a block of given begin and size; a size of -1 reaches to the end.
#include "ops/copy_util.h"

static lm_status slice_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 3, 3, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  const lm_shape* input = &lm_op_input(context, 0)->shape;
  const lm_tensor* begin = lm_op_input(context, 1);
  const lm_tensor* size = lm_op_input(context, 2);
  LM_TRY(lm__op_check_int_vector(context, "begin", begin, input->rank, err));
  LM_TRY(lm__op_check_int_vector(context, "size", size, input->rank, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__copy), &memory, err));
  lm__copy* copy = memory;
  int64_t in_strides[LM_MAX_RANK], out_strides[LM_MAX_RANK];
  lm__dense_strides(input, in_strides);
  lm_shape shape = {.rank = input->rank};
  for (int32_t d = 0; d < input->rank; ++d) {
    const int64_t from = lm__op_int_at(begin, d);
    const int64_t length = lm__op_int_at(size, d);
    LM_OP_CHECK(
        context,
        from >= 0 && from <= input->dims[d] && length >= -1 && length <= input->dims[d] - from,
        LM_BAD_MODEL, "begin %lld and size %lld in dimension %d of %d", (long long)from,
        (long long)length, d, input->dims[d]);
    shape.dims[d] = (int32_t)(length < 0 ? input->dims[d] - from : length);
    copy->in_offset += from * in_strides[d];
  }
  lm__dense_strides(&shape, out_strides);
  for (int32_t d = 0; d < shape.rank; ++d) {
    lm__copy_add(copy, shape.dims[d], in_strides[d], out_strides[d]);
  }
  lm__copy_finish(copy);
  return lm_op_set_output_shape(context, 0, &shape, err);
}

const lm_op lm_op_slice = {
    .name = "SLICE",
    .builtin = LM_BUILTIN_SLICE,
    .max_version = 8,
    .prepare = slice_prepare,
    .eval = lm__copy_eval,
};
