// SPDX-License-Identifier: MIT
//
// SQUEEZE: drops dimensions of 1, those of the options or all of them.
#include "ops/copy_util.h"

static lm_status squeeze_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 1, 1, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  const lm_dims_options* options = lm_op_node(context)->def->options;
  const lm_shape* input = &lm_op_input(context, 0)->shape;
  const int32_t count = options != NULL ? options->count : 0;
  bool drop[LM_MAX_RANK] = {false};
  for (int32_t d = 0; d < input->rank; ++d) drop[d] = count == 0 && input->dims[d] == 1;
  for (int32_t i = 0; i < count; ++i) {
    int32_t axis;
    LM_TRY(lm__op_resolve_axis(context, options->values[i], input->rank, &axis, err));
    LM_OP_CHECK(context, input->dims[axis] == 1, LM_BAD_MODEL, "dimension %d is %d, expected 1",
                axis, input->dims[axis]);
    drop[axis] = true;
  }
  lm_shape shape = {0};
  for (int32_t d = 0; d < input->rank; ++d) {
    if (!drop[d]) shape.dims[shape.rank++] = input->dims[d];
  }
  return lm_op_set_output_shape(context, 0, &shape, err);
}

const lm_op lm_op_squeeze = {
    .name = "SQUEEZE",
    .builtin = LM_BUILTIN_SQUEEZE,
    .max_version = 2,
    .options = LM_OPTIONS_DIMS,
    .options_optional = true,
    .in_place_inputs = 1u << 0,
    .prepare = squeeze_prepare,
    .eval = lm__alias_eval,
};
