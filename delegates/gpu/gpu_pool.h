// SPDX-License-Identifier: MIT
//
// Pools of floats, and what all pools share.
#ifndef LITMARK_GPU_POOL_H_
#define LITMARK_GPU_POOL_H_

#include "gpu_util.h"

/// Images and window, a run of the params of every pool's kernel.
typedef struct lm__gpu_pool_window {
  int32_t in_h, in_w, channels, out_h, out_w;
  int32_t filter_h, filter_w, stride_h, stride_w, pad_h, pad_w;
} lm__gpu_pool_window;
lm__gpu_pool_window lm__gpu_pool_window_of(const lm__geometry* geometry);

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
