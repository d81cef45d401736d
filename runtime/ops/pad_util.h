// SPDX-License-Identifier: MIT
//
// PAD and PADV2, which differ only in where the value comes from.
#ifndef LITMARK_OPS_PAD_UTIL_H_
#define LITMARK_OPS_PAD_UTIL_H_

#include "ops/copy_util.h"

/// Paddings of each dimension, both at least 0.
typedef struct lm__paddings {
  int32_t before[LM_MAX_RANK];
  int32_t after[LM_MAX_RANK];
} lm__paddings;

/// Reads the constant [rank,2] tensor `t`.
lm_status lm__read_paddings(const lm_op_context* context, const lm_tensor* t, int32_t rank,
                            lm__paddings* out_paddings, lm_error* err);

/// Sets `count` elements to the one at `value`.
void lm__fill(void* out, const void* value, int64_t count, size_t element_bytes);

/// Sets every element to zero: to the zero point where the tensor is quantized.
void lm__fill_zero(lm_tensor* t);

lm_status lm__pad_prepare(lm_op_context* context, lm_error* err);
lm_status lm__pad_eval(lm_op_context* context, lm_error* err);

#endif  // LITMARK_OPS_PAD_UTIL_H_
