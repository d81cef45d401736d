// SPDX-License-Identifier: MIT
//
// RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR: where each row and column of the output comes from
// is worked out while compiling.
#ifndef LITMARK_CPU_RESIZE_H_
#define LITMARK_CPU_RESIZE_H_

#include "cpu_op.h"

/// False where the fixed point of int8 would leave the bounds of lm__bilinear.
bool lm__cpu_resize_fits(const lm_node* node, const lm_tensor* input, const lm_tensor* output);

/// Rows of the output, which are tasks, fit 32 bits.
static inline bool lm__cpu_resize_counts(const lm_tensor* output) {
  return output->shape.dims[0] <= INT32_MAX / output->shape.dims[1];
}

lm_status lm__cpu_resize_compile(const lm__cpu_build* build, const lm_node* node, bool is_bilinear,
                                 lm__cpu_step** out_step, lm_error* err);

#endif  // LITMARK_CPU_RESIZE_H_
