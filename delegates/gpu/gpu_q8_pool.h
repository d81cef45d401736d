// SPDX-License-Identifier: MIT
//
// AVERAGE_POOL_2D and MAX_POOL_2D on bytes.
#ifndef LITMARK_GPU_Q8_POOL_H_
#define LITMARK_GPU_Q8_POOL_H_

#include "gpu_q8.h"

bool lm__gpu_q8_pool_supports(const lm__gpu_context* context, const lm_graph* graph,
                              const lm_node* node, const char** out_why);
lm_status lm__gpu_q8_pool_compile(lm__gpu_build* build, const lm_node* node, bool maximum,
                                  lm_error* err);

#endif  // LITMARK_GPU_Q8_POOL_H_
