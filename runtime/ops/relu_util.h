// SPDX-License-Identifier: MIT
//
// The clamping activations RELU, RELU6, RELU_N1_TO_1 and RELU_0_TO_1.
#ifndef LITMARK_OPS_RELU_UTIL_H_
#define LITMARK_OPS_RELU_UTIL_H_

#include "ops/kernel_util.h"

/// Checks the node and stores the clamp to the real range [low, high], which may be INFINITY.
lm_status lm__relu_prepare(lm_op_context* context, float low, float high, lm_error* err);

/// Rescales and clamps what prepare said.
lm_status lm__relu_eval(lm_op_context* context, lm_error* err);

#endif  // LITMARK_OPS_RELU_UTIL_H_
