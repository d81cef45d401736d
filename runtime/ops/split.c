// SPDX-License-Identifier: MIT
//
// SPLIT: cuts a tensor along an axis into equal parts.
#include "ops/split_util.h"

static lm_status split_prepare(lm_op_context* context, lm_error* err) {
  const lm_node_def* def = lm_op_node(context)->def;
  const lm_int_options* options = def->options;
  LM_TRY(lm__op_check_counts(context, 2, 2, options->value, err));
  LM_OP_CHECK(context, options->value > 0, LM_BAD_MODEL, "%d parts", options->value);
  LM_TRY(lm__op_check_int_vector(context, "axis", lm_op_input(context, 0), 1, err));
  lm_shape shape = lm_op_input(context, 1)->shape;
  int32_t axis;
  LM_TRY(lm__op_read_int(context, "axis", lm_op_input(context, 0), 0, &axis, err));
  LM_TRY(lm__op_resolve_axis(context, axis, shape.rank, &axis, err));
  LM_OP_CHECK(context, shape.dims[axis] % options->value == 0, LM_BAD_MODEL,
              "dimension %d is %d, which does not divide by %d", axis, shape.dims[axis],
              options->value);
  LM_TRY(lm__split_prepare(context, 1, axis, err));
  shape.dims[axis] /= options->value;
  for (int32_t i = 0; i < def->output_count; ++i) {
    LM_TRY(lm_op_set_output_shape(context, i, &shape, err));
  }
  return LM_OK;
}

const lm_op lm_op_split = {
    .name = "SPLIT",
    .builtin = LM_BUILTIN_SPLIT,
    .max_version = 5,
    .options = LM_OPTIONS_INT,
    .prepare = split_prepare,
    .eval = lm__split_eval,
};
