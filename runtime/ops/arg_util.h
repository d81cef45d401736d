// SPDX-License-Identifier: MIT
//
// ARG_MAX and ARG_MIN.
#ifndef LITMARK_OPS_ARG_UTIL_H_
#define LITMARK_OPS_ARG_UTIL_H_

#include "ops/copy_util.h"

lm_status lm__arg_prepare(lm_op_context* context, lm_error* err);

/// Of equal elements the first wins. NaN never wins against a number.
void lm__arg_run(lm_op_context* context, bool largest);

#endif  // LITMARK_OPS_ARG_UTIL_H_
