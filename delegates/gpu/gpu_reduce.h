// SPDX-License-Identifier: MIT
//
// Reductions over axes: an op's file says which function it is.
#ifndef LITMARK_GPU_REDUCE_H_
#define LITMARK_GPU_REDUCE_H_

#include "gpu_util.h"

/// The numbers are those of kernels/reduce.kernel.
typedef enum lm__gpu_reduction {
  LM_GPU_REDUCE_SUM = 0,
  LM_GPU_REDUCE_MEAN = 1,
  LM_GPU_REDUCE_MAX = 2,
  LM_GPU_REDUCE_MIN = 3,
  LM_GPU_REDUCE_PROD = 4,
  LM_GPU_REDUCE_ANY = 5,
  LM_GPU_REDUCE_ALL = 6,
} lm__gpu_reduction;

/// Floats; INT32 but for the mean; bytes where they are only compared.
bool lm__gpu_reduce_supports(const lm__gpu_context* context, const lm_graph* graph,
                             const lm_node* node, lm__gpu_reduction function, const char** out_why);
lm_status lm__gpu_reduce_compile(lm__gpu_build* build, const lm_node* node,
                                 lm__gpu_reduction function, const char* label, lm_error* err);

#endif  // LITMARK_GPU_REDUCE_H_
