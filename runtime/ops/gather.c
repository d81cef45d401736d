// SPDX-License-Identifier: MIT
//
// GATHER: slices of the input along an axis, chosen by indices; leading batch dimensions are
// shared.
#include <string.h>

#include "ops/copy_util.h"

typedef struct gather_params {
  int64_t batch, outer, length, inner;  // the input as [batch, outer, length, inner]
  int64_t indices;                      // of each batch
} gather_params;

static int64_t index_at(const lm_tensor* t, int64_t i) {
  return t->type == LM_INT16 ? ((const int16_t*)t->data)[i] : lm__op_int_at(t, i);
}

static lm_status read_axes(lm_op_context* context, int32_t* out_axis, int32_t* out_batch_dims,
                           lm_error* err) {
  static const lm_axis_options none = {0, 0};
  const lm_axis_options* options = lm_op_node(context)->def->options;
  if (options == NULL) options = &none;
  const lm_shape* input = &lm_op_input(context, 0)->shape;
  const lm_shape* indices = &lm_op_input(context, 1)->shape;
  LM_TRY(lm__op_resolve_axis(context, options->axis, input->rank, out_axis, err));
  int32_t batch_dims = options->count;
  if (batch_dims < 0) batch_dims += indices->rank;
  LM_OP_CHECK(context, batch_dims >= 0 && batch_dims <= *out_axis && batch_dims <= indices->rank,
              LM_BAD_MODEL, "%d batch dimensions, axis %d, indices of rank %d", options->count,
              *out_axis, indices->rank);
  for (int32_t d = 0; d < batch_dims; ++d) {
    LM_OP_CHECK(context, input->dims[d] == indices->dims[d], LM_BAD_MODEL,
                "batch dimension %d is %d and %d", d, input->dims[d], indices->dims[d]);
  }
  *out_batch_dims = batch_dims;
  return LM_OK;
}

static lm_status gather_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type index_types[] = {LM_INT32, LM_INT64, LM_INT16};
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  LM_TRY(lm__op_check_type(context, "indices", lm_op_input(context, 1), index_types, 3, err));
  const lm_shape* input = &lm_op_input(context, 0)->shape;
  const lm_shape* indices = &lm_op_input(context, 1)->shape;
  int32_t axis = 0, batch_dims = 0;
  LM_TRY(read_axes(context, &axis, &batch_dims, err));
  const int32_t rank = input->rank + indices->rank - 1 - batch_dims;
  LM_OP_CHECK(context, rank <= LM_MAX_RANK, LM_UNSUPPORTED, "output has rank %d, at most %d", rank,
              LM_MAX_RANK);
  lm_shape shape = {0};
  for (int32_t d = 0; d < axis; ++d) shape.dims[shape.rank++] = input->dims[d];
  for (int32_t d = batch_dims; d < indices->rank; ++d) shape.dims[shape.rank++] = indices->dims[d];
  for (int32_t d = axis + 1; d < input->rank; ++d) shape.dims[shape.rank++] = input->dims[d];
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(gather_params), &memory, err));
  *(gather_params*)memory =
      (gather_params){.batch = lm__dims_product(input, 0, batch_dims),
                      .outer = lm__dims_product(input, batch_dims, axis),
                      .length = input->dims[axis],
                      .inner = lm__dims_product(input, axis + 1, input->rank),
                      .indices = lm__dims_product(indices, batch_dims, indices->rank)};
  return lm_op_set_output_shape(context, 0, &shape, err);
}

static lm_status gather_eval(lm_op_context* context, lm_error* err) {
  const gather_params* p = lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* indices = lm_op_input(context, 1);
  const size_t slice = (size_t)p->inner * lm_type_bytes(input->type);
  const int64_t total = p->batch * p->indices;
  for (int64_t i = 0; i < total; ++i) {
    const int64_t index = index_at(indices, i);
    LM_OP_CHECK(context, index >= 0 && index < p->length, LM_BAD_INPUT,
                "index %lld is outside a dimension of %lld", (long long)index,
                (long long)p->length);
  }
  if (lm_op_output(context, 0)->bytes == 0) return LM_OK;
  char* out = lm_op_output(context, 0)->data;
  for (int64_t b = 0; b < p->batch; ++b) {
    for (int64_t o = 0; o < p->outer; ++o) {
      const char* in = (const char*)input->data + (size_t)((b * p->outer + o) * p->length) * slice;
      for (int64_t i = 0; i < p->indices; ++i) {
        memcpy(out, in + (size_t)index_at(indices, b * p->indices + i) * slice, slice);
        out += slice;
      }
    }
  }
  return LM_OK;
}

const lm_op lm_op_gather = {
    .name = "GATHER",
    .builtin = LM_BUILTIN_GATHER,
    .max_version = 8,
    .options = LM_OPTIONS_AXIS,
    .options_optional = true,
    .prepare = gather_prepare,
    .eval = gather_eval,
};
