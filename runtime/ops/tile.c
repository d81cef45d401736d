// SPDX-License-Identifier: MIT
//
// TILE: repeats a tensor along each dimension.
#include "ops/copy_util.h"

static lm_status tile_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  const lm_shape* input = &lm_op_input(context, 0)->shape;
  const lm_tensor* multiples = lm_op_input(context, 1);
  LM_TRY(lm__op_check_int_vector(context, "multiples", multiples, input->rank, err));
  lm_shape shape = {.rank = input->rank};
  int32_t repeat[LM_MAX_RANK];
  for (int32_t d = 0; d < input->rank; ++d) {
    LM_TRY(lm__op_read_int(context, "multiple", multiples, d, &repeat[d], err));
    const int64_t dim = (int64_t)repeat[d] * input->dims[d];
    LM_OP_CHECK(context, repeat[d] >= 0 && dim <= INT32_MAX, LM_BAD_MODEL,
                "multiple of dimension %d is %d", d, repeat[d]);
    shape.dims[d] = (int32_t)dim;
  }
  LM_TRY(lm_op_set_output_shape(context, 0, &shape, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__copy), &memory, err));
  int64_t in_strides[LM_MAX_RANK], out_strides[LM_MAX_RANK];
  lm__dense_strides(input, in_strides);
  lm__dense_strides(&shape, out_strides);
  for (int32_t d = 0; d < shape.rank; ++d) {
    lm__copy_add(memory, repeat[d], 0, out_strides[d] * input->dims[d]);
    lm__copy_add(memory, input->dims[d], in_strides[d], out_strides[d]);
  }
  lm__copy_finish(memory);
  return LM_OK;
}

const lm_op lm_op_tile = {
    .name = "TILE",
    .builtin = LM_BUILTIN_TILE,
    .max_version = 3,
    .prepare = tile_prepare,
    .eval = lm__copy_eval,
};
