// SPDX-License-Identifier: MIT
//
// GATHER_ND: the last dimension of the indices addresses slices of the input.
#include <string.h>

#include "ops/copy_util.h"

static lm_status gather_nd_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type index_types[] = {LM_INT32, LM_INT64};
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  LM_TRY(lm__op_check_type(context, "indices", lm_op_input(context, 1), index_types, 2, err));
  const lm_shape* input = &lm_op_input(context, 0)->shape;
  const lm_shape* indices = &lm_op_input(context, 1)->shape;
  LM_OP_CHECK(context, input->rank >= 1 && indices->rank >= 1, LM_BAD_MODEL,
              "input of rank %d, indices of rank %d, at least 1", input->rank, indices->rank);
  const int32_t depth = indices->dims[indices->rank - 1];
  LM_OP_CHECK(context, depth <= input->rank, LM_BAD_MODEL,
              "indices address %d dimensions, the input has %d", depth, input->rank);
  const int32_t rank = indices->rank - 1 + input->rank - depth;
  LM_OP_CHECK(context, rank <= LM_MAX_RANK, LM_UNSUPPORTED, "output has rank %d, at most %d", rank,
              LM_MAX_RANK);
  lm_shape shape = {0};
  for (int32_t d = 0; d < indices->rank - 1; ++d) shape.dims[shape.rank++] = indices->dims[d];
  for (int32_t d = depth; d < input->rank; ++d) shape.dims[shape.rank++] = input->dims[d];
  return lm_op_set_output_shape(context, 0, &shape, err);
}

static lm_status gather_nd_eval(lm_op_context* context, lm_error* err) {
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* indices = lm_op_input(context, 1);
  const lm_tensor* output = lm_op_output(context, 0);
  const int32_t depth = indices->shape.dims[indices->shape.rank - 1];
  const int64_t slices = lm__dims_product(&indices->shape, 0, indices->shape.rank - 1);
  const size_t slice = (size_t)lm__dims_product(&input->shape, depth, input->shape.rank) *
                       lm_type_bytes(input->type);
  for (int64_t s = 0; s < slices; ++s) {
    int64_t at = 0;
    for (int32_t d = 0; d < depth; ++d) {
      const int64_t index = lm__op_int_at(indices, s * depth + d);
      LM_OP_CHECK(context, index >= 0 && index < input->shape.dims[d], LM_BAD_INPUT,
                  "index %lld is outside dimension %d of %d", (long long)index, d,
                  input->shape.dims[d]);
      at = at * input->shape.dims[d] + index;
    }
    if (slice == 0) continue;
    memcpy((char*)output->data + (size_t)s * slice, (const char*)input->data + (size_t)at * slice,
           slice);
  }
  return LM_OK;
}

const lm_op lm_op_gather_nd = {
    .name = "GATHER_ND",
    .builtin = LM_BUILTIN_GATHER_ND,
    .max_version = 6,
    .prepare = gather_nd_prepare,
    .eval = gather_nd_eval,
};
