// SPDX-License-Identifier: MIT
//
// SELECT: both inputs have one shape; the condition has it too, or is a scalar, or has one element
// for each row of the first dimension.
#include "ops/select_util.h"

static lm_status select_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__select_check(context, err));
  const lm_shape* x = &lm_op_input(context, 1)->shape;
  LM_OP_CHECK(context, lm_shape_equal(x, &lm_op_input(context, 2)->shape), LM_BAD_MODEL,
              "inputs 1 and 2 differ in shape");
  lm_shape condition = lm_op_input(context, 0)->shape;
  if (!lm_shape_equal(&condition, x) && condition.rank != 0) {
    LM_OP_CHECK(context, condition.rank == 1 && x->rank > 0 && condition.dims[0] == x->dims[0],
                LM_BAD_MODEL, "condition fits neither the inputs nor their first dimension");
    condition.rank = x->rank;
    for (int32_t d = 1; d < x->rank; ++d) condition.dims[d] = 1;
  }
  return lm__select_prepare(context, &condition, x, err);
}

const lm_op lm_op_select = {
    .name = "SELECT",
    .builtin = LM_BUILTIN_SELECT,
    .max_version = 4,
    .in_place_inputs = 1u << 1 | 1u << 2,
    .prepare = select_prepare,
    .eval = lm__select_eval,
};
