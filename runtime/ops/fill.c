// SPDX-License-Identifier: MIT
//
// FILL: a tensor of given shape with one value everywhere.
#include "ops/pad_util.h"

static lm_status fill_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  const lm_tensor* dims = lm_op_input(context, 0);
  const lm_tensor* value = lm_op_input(context, 1);
  const lm_tensor* output = lm_op_output(context, 0);
  LM_OP_CHECK(context, lm_type_bytes(value->type) > 0, LM_UNSUPPORTED,
              "value of type %s is not supported", lm_type_name(value->type));
  LM_TRY(lm__op_check_same_type(context, "value", value, "output", output, err));
  LM_TRY(lm__op_check_same_quantization(context, "value", value, "output", output, err));
  LM_OP_CHECK(context, lm_shape_count(&value->shape) == 1, LM_BAD_MODEL,
              "value has %lld elements, expected 1", (long long)lm_shape_count(&value->shape));
  LM_TRY(lm__op_check_int_vector(context, "shape", dims, -1, err));
  const int32_t rank = dims->shape.dims[0];
  LM_OP_CHECK(context, rank <= LM_MAX_RANK, LM_UNSUPPORTED, "shape has rank %d, at most %d", rank,
              LM_MAX_RANK);
  lm_shape shape = {.rank = rank};
  for (int32_t d = 0; d < rank; ++d) {
    LM_TRY(lm__op_read_int(context, "dimension", dims, d, &shape.dims[d], err));
    LM_OP_CHECK(context, shape.dims[d] >= 0, LM_BAD_MODEL, "dimension %d is %d", d, shape.dims[d]);
  }
  return lm_op_set_output_shape(context, 0, &shape, err);
}

static lm_status fill_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  lm_tensor* output = lm_op_output(context, 0);
  lm__fill(output->data, lm_op_input(context, 1)->data, lm_shape_count(&output->shape),
           lm_type_bytes(output->type));
  return LM_OK;
}

const lm_op lm_op_fill = {
    .name = "FILL",
    .builtin = LM_BUILTIN_FILL,
    .max_version = 5,
    .prepare = fill_prepare,
    .eval = fill_eval,
};
