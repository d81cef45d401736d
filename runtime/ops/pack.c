// SPDX-License-Identifier: MIT
//
// PACK: stacks tensors of one shape along a new axis.
#include <string.h>

#include "ops/copy_util.h"

static lm_status pack_prepare(lm_op_context* context, lm_error* err) {
  const lm_node_def* def = lm_op_node(context)->def;
  const lm_axis_options* options = def->options;
  LM_TRY(lm__op_check_counts(context, 1, INT32_MAX, 1, err));
  LM_OP_CHECK(context, options->count == def->input_count, LM_BAD_MODEL,
              "options say %d values, there are %d inputs", options->count, def->input_count);
  LM_TRY(lm__op_check_copyable(context, err));
  const lm_tensor* first = lm_op_input(context, 0);
  LM_OP_CHECK(context, first->shape.rank < LM_MAX_RANK, LM_UNSUPPORTED,
              "output has rank %d, at most %d", first->shape.rank + 1, LM_MAX_RANK);
  int32_t axis;
  LM_TRY(lm__op_resolve_axis(context, options->axis, first->shape.rank + 1, &axis, err));
  for (int32_t i = 0; i < def->input_count; ++i) {
    const lm_tensor* input = lm_op_input(context, i);
    LM_OP_CHECK(context, input != NULL, LM_BAD_MODEL, "input %d is absent", i);
    LM_OP_CHECK(context, input->type == first->type && lm_shape_equal(&input->shape, &first->shape),
                LM_BAD_MODEL, "input %d differs from input 0 in type or shape", i);
    LM_TRY(lm__op_check_same_quantization(context, "an input", input, "output",
                                          lm_op_output(context, 0), err));
  }
  lm_shape shape = {.rank = first->shape.rank + 1};
  for (int32_t d = 0; d < shape.rank; ++d) {
    shape.dims[d] = d == axis ? def->input_count : first->shape.dims[d < axis ? d : d - 1];
  }
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(int64_t), &memory, err));
  *(int64_t*)memory = lm__dims_product(&first->shape, axis, first->shape.rank);
  return lm_op_set_output_shape(context, 0, &shape, err);
}

static lm_status pack_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  lm_tensor* output = lm_op_output(context, 0);
  const int32_t input_count = lm_op_node(context)->def->input_count;
  const size_t row = (size_t) * (const int64_t*)lm_op_params(context) * lm_type_bytes(output->type);
  if (output->bytes == 0) return LM_OK;
  for (int32_t i = 0; i < input_count; ++i) {
    const char* in = lm_op_input(context, i)->data;
    for (size_t at = (size_t)i * row; at < output->bytes; at += (size_t)input_count * row) {
      memcpy((char*)output->data + at, in, row);
      in += row;
    }
  }
  return LM_OK;
}

const lm_op lm_op_pack = {
    .name = "PACK",
    .builtin = LM_BUILTIN_PACK,
    .max_version = 5,
    .options = LM_OPTIONS_AXIS,
    .prepare = pack_prepare,
    .eval = pack_eval,
};
