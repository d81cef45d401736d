// SPDX-License-Identifier: MIT
//
// Pools of floats.
#ifndef LITMARK_GPU_POOL_H_
#define LITMARK_GPU_POOL_H_

#include "gpu_util.h"

/// The numbers are those of kernels/pool.kernel.
typedef enum lm__gpu_pool {
  LM_GPU_POOL_AVERAGE = 0,
  LM_GPU_POOL_MAX = 1,
  LM_GPU_POOL_L2 = 2,
} lm__gpu_pool;

bool lm__gpu_pool_supports(const lm__gpu_context* context, const lm_graph* graph,
                           const lm_node* node, const char** out_why);
lm_status lm__gpu_pool_compile(lm__gpu_build* build, const lm_node* node, lm__gpu_pool kind,
                               const char* label, lm_error* err);

#endif  // LITMARK_GPU_POOL_H_
