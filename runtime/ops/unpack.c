// SPDX-License-Identifier: MIT
//
// UNPACK: cuts a tensor along an axis into slices without that axis.
#include "ops/split_util.h"

static lm_status unpack_prepare(lm_op_context* context, lm_error* err) {
  const lm_node_def* def = lm_op_node(context)->def;
  const lm_axis_options* options = def->options;
  LM_TRY(lm__op_check_counts(context, 1, 1, options->count, err));
  const lm_shape* input = &lm_op_input(context, 0)->shape;
  int32_t axis;
  LM_TRY(lm__op_resolve_axis(context, options->axis, input->rank, &axis, err));
  LM_OP_CHECK(context, input->dims[axis] == options->count, LM_BAD_MODEL,
              "dimension %d is %d, there are %d outputs", axis, input->dims[axis], options->count);
  LM_TRY(lm__split_prepare(context, 0, axis, err));
  lm_shape shape = {.rank = input->rank - 1};
  for (int32_t d = 0; d < shape.rank; ++d) shape.dims[d] = input->dims[d < axis ? d : d + 1];
  for (int32_t i = 0; i < def->output_count; ++i) {
    LM_TRY(lm__op_check_same_quantization(context, "input", lm_op_input(context, 0), "an output",
                                          lm_op_output(context, i), err));
    LM_TRY(lm_op_set_output_shape(context, i, &shape, err));
  }
  return LM_OK;
}

const lm_op lm_op_unpack = {
    .name = "UNPACK",
    .builtin = LM_BUILTIN_UNPACK,
    .max_version = 6,
    .options = LM_OPTIONS_AXIS,
    .prepare = unpack_prepare,
    .eval = lm__split_eval,
};
