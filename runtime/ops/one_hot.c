// SPDX-License-Identifier: MIT
//
// ONE_HOT: along a new axis, one value where the index points and another elsewhere. An index out
// of range points nowhere.
#include <string.h>

#include "ops/pad_util.h"

typedef struct one_hot_params {
  int64_t prefix, depth, suffix;
} one_hot_params;

static lm_status one_hot_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type index_types[] = {LM_INT32, LM_INT64};
  const lm_int_options* options = lm_op_node(context)->def->options;
  LM_TRY(lm__op_check_counts(context, 4, 4, 1, err));
  const lm_tensor* indices = lm_op_input(context, 0);
  const lm_tensor* on = lm_op_input(context, 2);
  const lm_tensor* off = lm_op_input(context, 3);
  LM_TRY(lm__op_check_type(context, "indices", indices, index_types, 2, err));
  LM_OP_CHECK(context, lm_type_bytes(on->type) > 0, LM_UNSUPPORTED,
              "values of type %s are not supported", lm_type_name(on->type));
  LM_TRY(lm__op_check_same_type(context, "on value", on, "off value", off, err));
  LM_TRY(lm__op_check_same_type(context, "on value", on, "output", lm_op_output(context, 0), err));
  LM_OP_CHECK(context, lm_shape_count(&on->shape) == 1 && lm_shape_count(&off->shape) == 1,
              LM_BAD_MODEL, "values have more than one element");
  LM_TRY(lm__op_check_int_vector(context, "depth", lm_op_input(context, 1), 1, err));
  const lm_shape* from = &indices->shape;
  LM_OP_CHECK(context, from->rank < LM_MAX_RANK, LM_UNSUPPORTED, "output has rank %d, at most %d",
              from->rank + 1, LM_MAX_RANK);
  int32_t axis, depth;
  LM_TRY(lm__op_resolve_axis(context, options->value, from->rank + 1, &axis, err));
  LM_TRY(lm__op_read_int(context, "depth", lm_op_input(context, 1), 0, &depth, err));
  LM_OP_CHECK(context, depth >= 0, LM_BAD_MODEL, "depth %d", depth);
  lm_shape shape = {.rank = from->rank + 1};
  for (int32_t d = 0; d < shape.rank; ++d) {
    shape.dims[d] = d == axis ? depth : from->dims[d < axis ? d : d - 1];
  }
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(one_hot_params), &memory, err));
  *(one_hot_params*)memory = (one_hot_params){.prefix = lm__dims_product(from, 0, axis),
                                              .depth = depth,
                                              .suffix = lm__dims_product(from, axis, from->rank)};
  return lm_op_set_output_shape(context, 0, &shape, err);
}

static lm_status one_hot_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const one_hot_params* p = lm_op_params(context);
  const lm_tensor* indices = lm_op_input(context, 0);
  const void* on = lm_op_input(context, 2)->data;
  lm_tensor* output = lm_op_output(context, 0);
  const size_t bytes = lm_type_bytes(output->type);
  lm__fill(output->data, lm_op_input(context, 3)->data, lm_shape_count(&output->shape), bytes);
  for (int64_t i = 0; i < p->prefix; ++i) {
    for (int64_t k = 0; k < p->suffix; ++k) {
      const int64_t j = lm__op_int_at(indices, i * p->suffix + k);
      if (j < 0 || j >= p->depth) continue;
      memcpy((char*)output->data + (size_t)((i * p->depth + j) * p->suffix + k) * bytes, on, bytes);
    }
  }
  return LM_OK;
}

const lm_op lm_op_one_hot = {
    .name = "ONE_HOT",
    .builtin = LM_BUILTIN_ONE_HOT,
    .max_version = 1,
    .options = LM_OPTIONS_INT,
    .prepare = one_hot_prepare,
    .eval = one_hot_eval,
};
