// SPDX-License-Identifier: MIT
//
// RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR: [N,H,W,C] to another height and width.
#ifndef LITMARK_OPS_RESIZE_UTIL_H_
#define LITMARK_OPS_RESIZE_UTIL_H_

#include "ops/copy_util.h"

/// Checks everything that both ops ask for and sets the output's shape.
lm_status lm__resize_prepare(lm_op_context* context, lm_error* err);

#endif  // LITMARK_OPS_RESIZE_UTIL_H_
