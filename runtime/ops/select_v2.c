// SPDX-License-Identifier: MIT
//
// SELECT_V2: condition and inputs broadcast against each other.
#include "ops/select_util.h"

static lm_status select_v2_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__select_check(context, err));
  const lm_shape* condition = &lm_op_input(context, 0)->shape;
  lm_shape shape;
  LM_TRY(lm__op_broadcast_shape(context, condition, &lm_op_input(context, 1)->shape, &shape, err));
  LM_TRY(lm__op_broadcast_shape(context, &shape, &lm_op_input(context, 2)->shape, &shape, err));
  return lm__select_prepare(context, condition, &shape, err);
}

const lm_op lm_op_select_v2 = {
    .name = "SELECT_V2",
    .builtin = LM_BUILTIN_SELECT_V2,
    .max_version = 2,
    .in_place_inputs = 1u << 1 | 1u << 2,
    .prepare = select_v2_prepare,
    .eval = lm__select_eval,
};
