// SPDX-License-Identifier: MIT
//
// SELECT and SELECT_V2: elements of one tensor where a condition holds, of another elsewhere.
#ifndef LITMARK_OPS_SELECT_UTIL_H_
#define LITMARK_OPS_SELECT_UTIL_H_

#include "ops/broadcast.h"

/// Checks counts and types and allocates params; `condition` is the shape that the condition
/// broadcasts with.
lm_status lm__select_prepare(lm_op_context* context, const lm_shape* condition,
                             const lm_shape* output, lm_error* err);

lm_status lm__select_check(lm_op_context* context, lm_error* err);
lm_status lm__select_eval(lm_op_context* context, lm_error* err);

#endif  // LITMARK_OPS_SELECT_UTIL_H_
