// SPDX-License-Identifier: MIT
//
// SPLIT, SPLIT_V and UNPACK: one tensor cut along an axis into several.
#ifndef LITMARK_OPS_SPLIT_UTIL_H_
#define LITMARK_OPS_SPLIT_UTIL_H_

#include "ops/copy_util.h"

/// Params of these ops.
typedef struct lm__split {
  int32_t input_index;
  int32_t axis;  ///< of the input
} lm__split;

/// Checks the types of the outputs and allocates the params. Output shapes are the op's business.
lm_status lm__split_prepare(lm_op_context* context, int32_t input_index, int32_t axis,
                            lm_error* err);

/// Every output gets its share of the input in order.
lm_status lm__split_eval(lm_op_context* context, lm_error* err);

#endif  // LITMARK_OPS_SPLIT_UTIL_H_
