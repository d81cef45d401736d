// SPDX-License-Identifier: MIT
//
// ADD_N: the sum of two or more tensors of one shape.
#include <string.h>

#include "ops/op_util.h"

static lm_status add_n_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type types[] = {LM_FLOAT32, LM_INT32};
  LM_TRY(lm__op_check_counts(context, 2, INT32_MAX, 1, err));
  const lm_tensor* first = lm_op_input(context, 0);
  LM_TRY(lm__op_check_type(context, "input 0", first, types, 2, err));
  LM_TRY(
      lm__op_check_same_type(context, "input 0", first, "output", lm_op_output(context, 0), err));
  for (int32_t i = 1; i < lm_op_node(context)->def->input_count; ++i) {
    const lm_tensor* input = lm_op_input(context, i);
    LM_OP_CHECK(context, input != NULL, LM_BAD_MODEL, "input %d is absent", i);
    LM_OP_CHECK(context, input->type == first->type && lm_shape_equal(&input->shape, &first->shape),
                LM_BAD_MODEL, "input %d differs from input 0 in type or shape", i);
  }
  return lm_op_set_output_shape(context, 0, &first->shape, err);
}

static lm_status add_n_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm_tensor* first = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  const int64_t count = lm_shape_count(&first->shape);
  if (output->data != first->data && count > 0) memcpy(output->data, first->data, first->bytes);
  for (int32_t k = 1; k < lm_op_node(context)->def->input_count; ++k) {
    const void* in = lm_op_input(context, k)->data;
    if (first->type == LM_FLOAT32) {
      for (int64_t i = 0; i < count; ++i) ((float*)output->data)[i] += ((const float*)in)[i];
    } else {
      for (int64_t i = 0; i < count; ++i) ((uint32_t*)output->data)[i] += ((const uint32_t*)in)[i];
    }
  }
  return LM_OK;
}

const lm_op lm_op_add_n = {
    .name = "ADD_N",
    .builtin = LM_BUILTIN_ADD_N,
    .max_version = 1,
    .prepare = add_n_prepare,
    .eval = add_n_eval,
};
