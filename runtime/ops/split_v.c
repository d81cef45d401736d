// SPDX-License-Identifier: MIT
//
// SPLIT_V: cuts a tensor along an axis into parts of given lengths, one of which may be -1.
#include "ops/split_util.h"

static lm_status read_lengths(lm_op_context* context, int32_t axis, int32_t total, lm_error* err) {
  const lm_node_def* def = lm_op_node(context)->def;
  const lm_tensor* sizes = lm_op_input(context, 1);
  lm_shape shape = lm_op_input(context, 0)->shape;
  int64_t known = 0;
  int32_t stretch = -1;
  for (int32_t i = 0; i < def->output_count; ++i) {
    const int64_t length = lm__op_int_at(sizes, i);
    LM_OP_CHECK(context, length >= -1 && length <= total && (length >= 0 || stretch < 0),
                LM_BAD_MODEL, "part %d has length %lld of %d", i, (long long)length, total);
    if (length < 0) {
      stretch = i;
    } else {
      known += length;
    }
  }
  LM_OP_CHECK(context, stretch >= 0 ? known <= total : known == total, LM_BAD_MODEL,
              "parts add up to %lld of %d", (long long)known, total);
  for (int32_t i = 0; i < def->output_count; ++i) {
    shape.dims[axis] = (int32_t)(i == stretch ? total - known : lm__op_int_at(sizes, i));
    LM_TRY(lm_op_set_output_shape(context, i, &shape, err));
  }
  return LM_OK;
}

static lm_status split_v_prepare(lm_op_context* context, lm_error* err) {
  const lm_node_def* def = lm_op_node(context)->def;
  LM_OP_CHECK(context, def->output_count > 0, LM_BAD_MODEL, "no outputs");
  LM_TRY(lm__op_check_counts(context, 3, 3, def->output_count, err));
  LM_TRY(
      lm__op_check_int_vector(context, "lengths", lm_op_input(context, 1), def->output_count, err));
  LM_TRY(lm__op_check_int_vector(context, "axis", lm_op_input(context, 2), 1, err));
  const lm_shape* shape = &lm_op_input(context, 0)->shape;
  int32_t axis;
  LM_TRY(lm__op_read_int(context, "axis", lm_op_input(context, 2), 0, &axis, err));
  LM_TRY(lm__op_resolve_axis(context, axis, shape->rank, &axis, err));
  LM_TRY(lm__split_prepare(context, 0, axis, err));
  return read_lengths(context, axis, shape->dims[axis], err);
}

const lm_op lm_op_split_v = {
    .name = "SPLIT_V",
    .builtin = LM_BUILTIN_SPLIT_V,
    .max_version = 3,
    .prepare = split_v_prepare,
    .eval = lm__split_eval,
};
