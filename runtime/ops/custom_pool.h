// SPDX-License-Identifier: MIT
//
// Options of MediaPipe's custom ops: the bytes of a C struct of 32-bit integers, little-endian.
#ifndef LITMARK_OPS_CUSTOM_POOL_H_
#define LITMARK_OPS_CUSTOM_POOL_H_

#include "ops/op_util.h"

/// Integer `i` of the node's custom options.
/// @retval LM_BAD_MODEL  they are shorter.
lm_status lm__op_custom_int(const lm_op_context* context, int32_t i, int32_t* out, lm_error* err);

/// Padding out of the C enumeration, in which SAME is 1 and VALID 2.
lm_status lm__op_custom_padding(const lm_op_context* context, int32_t i, lm_padding* out,
                                lm_error* err);

/// The struct of the pooling ops: padding, stride width and height, filter width and height,
/// activation.
lm_status lm__op_custom_pool(const lm_op_context* context, lm_pool_options* out, lm_error* err);

#endif  // LITMARK_OPS_CUSTOM_POOL_H_
