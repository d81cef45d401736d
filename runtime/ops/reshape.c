// SPDX-License-Identifier: MIT
//
// RESHAPE: the same elements under another shape. The shape comes from the second input where there
// is one, else from the options; one dimension may be -1.
#include <string.h>

#include "ops/op_util.h"

static lm_status read_new_shape(lm_op_context* context, lm_shape* out, lm_error* err) {
  const lm_tensor* shape = lm_op_input(context, 1);
  const lm_dims_options* options = lm_op_node(context)->def->options;
  // Old converters wrote [0] for "scalar" into the options and left the input away.
  if (shape != NULL && shape->shape.rank == 1 && shape->type == LM_INT32) {
    LM_TRY(lm__op_check_constant(context, "shape", shape, err));
    LM_OP_CHECK(context, shape->shape.dims[0] <= LM_MAX_RANK, LM_UNSUPPORTED,
                "new shape has rank %d, at most %d", shape->shape.dims[0], LM_MAX_RANK);
    *out = lm_shape_make(shape->shape.dims[0], shape->data);
    return LM_OK;
  }
  LM_OP_CHECK(context, options != NULL, LM_BAD_MODEL, "neither shape input nor options");
  *out = lm_shape_make(options->count, options->values);
  if (out->rank == 1 && out->dims[0] == 0) out->rank = 0;
  return LM_OK;
}

static lm_status reshape_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 1, 2, 1, err));
  const lm_tensor* input = lm_op_input(context, 0);
  LM_TRY(lm__op_check_same_type(context, "input", input, "output", lm_op_output(context, 0), err));
  lm_shape shape;
  LM_TRY(read_new_shape(context, &shape, err));

  const int64_t count = lm_shape_count(&input->shape);
  int64_t known = 1;
  int32_t stretch = -1;
  for (int32_t i = 0; i < shape.rank; ++i) {
    if (shape.dims[i] == -1) {
      LM_OP_CHECK(context, stretch < 0, LM_BAD_MODEL, "more than one dimension is -1");
      stretch = i;
      continue;
    }
    LM_OP_CHECK(context, shape.dims[i] >= 0, LM_BAD_MODEL, "dimension %d is %d", i, shape.dims[i]);
    // Stops long before the product could overflow.
    LM_OP_CHECK(context, shape.dims[i] == 0 || known <= INT64_MAX / shape.dims[i], LM_BAD_MODEL,
                "new shape is too large");
    known *= shape.dims[i];
  }
  if (stretch >= 0) {
    LM_OP_CHECK(context, known > 0 && count % known == 0 && count / known <= INT32_MAX,
                LM_BAD_MODEL, "%lld elements do not divide by %lld", (long long)count,
                (long long)known);
    shape.dims[stretch] = (int32_t)(count / known);
    known = count;
  }
  LM_OP_CHECK(context, known == count, LM_BAD_MODEL, "%lld elements in, %lld out", (long long)count,
              (long long)known);
  return lm_op_set_output_shape(context, 0, &shape, err);
}

static lm_status reshape_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm_tensor* input = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  if (output->data != input->data) memcpy(output->data, input->data, input->bytes);
  return LM_OK;
}

const lm_op lm_op_reshape = {
    .name = "RESHAPE",
    .builtin = LM_BUILTIN_RESHAPE,
    .max_version = 1,
    .options = LM_OPTIONS_DIMS,
    .options_optional = true,
    .in_place_inputs = 1u << 0,
    .prepare = reshape_prepare,
    .eval = reshape_eval,
};
