// SPDX-License-Identifier: MIT
//
// BROADCAST_TO: repeats dimensions of 1 to reach a given shape.
#include "ops/copy_util.h"

static lm_status broadcast_to_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  const lm_shape* input = &lm_op_input(context, 0)->shape;
  const lm_tensor* wanted = lm_op_input(context, 1);
  LM_TRY(lm__op_check_int_vector(context, "shape", wanted, -1, err));
  const int32_t rank = wanted->shape.dims[0];
  LM_OP_CHECK(context, rank <= LM_MAX_RANK, LM_UNSUPPORTED, "shape has rank %d, at most %d", rank,
              LM_MAX_RANK);
  LM_OP_CHECK(context, rank >= input->rank, LM_BAD_MODEL, "shape has rank %d, the input %d", rank,
              input->rank);
  lm_shape shape = {.rank = rank};
  for (int32_t d = 0; d < rank; ++d) {
    LM_TRY(lm__op_read_int(context, "dimension", wanted, d, &shape.dims[d], err));
    LM_OP_CHECK(context, shape.dims[d] >= 0, LM_BAD_MODEL, "dimension %d is %d", d, shape.dims[d]);
    const int32_t own = d - (rank - input->rank);
    const int32_t dim = own < 0 ? 1 : input->dims[own];
    LM_OP_CHECK(context, dim == 1 || dim == shape.dims[d], LM_BAD_MODEL,
                "dimension %d is %d, of the input %d", d, shape.dims[d], dim);
  }
  LM_TRY(lm_op_set_output_shape(context, 0, &shape, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__copy), &memory, err));
  int64_t in_strides[LM_MAX_RANK], out_strides[LM_MAX_RANK];
  lm__op_broadcast_strides(input, &shape, in_strides);
  lm__dense_strides(&shape, out_strides);
  for (int32_t d = 0; d < rank; ++d) {
    lm__copy_add(memory, shape.dims[d], in_strides[d], out_strides[d]);
  }
  lm__copy_finish(memory);
  return LM_OK;
}

const lm_op lm_op_broadcast_to = {
    .name = "BROADCAST_TO",
    .builtin = LM_BUILTIN_BROADCAST_TO,
    .max_version = 4,
    .prepare = broadcast_to_prepare,
    .eval = lm__copy_eval,
};
