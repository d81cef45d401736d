// SPDX-License-Identifier: MIT
//
// Broadcasting on the host's side: which dimensions a kernel has to step through.
#ifndef LITMARK_GPU_WALK_H_
#define LITMARK_GPU_WALK_H_

#include "gpu_util.h"

#define LM_GPU_WALK_INPUTS 3

/// An output of up to three inputs: dimensions that all step through alike are merged, so that
/// operands of equal shape are one row. Strides are in elements, 0 where an input repeats.
typedef struct lm__gpu_walk {
  int32_t rank;  ///< at least 1
  int32_t dims[LM_MAX_RANK];
  int32_t strides[LM_GPU_WALK_INPUTS][LM_MAX_RANK];
  int64_t rows;  ///< product of all dimensions but the last
} lm__gpu_walk;

/// Every shape broadcasts to `output`, whose elements are fewer than 2^31.
lm__gpu_walk lm__gpu_walk_of(const lm_shape* output, const lm_shape* const* shapes,
                             int32_t input_count);

#endif  // LITMARK_GPU_WALK_H_
