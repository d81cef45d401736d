// SPDX-License-Identifier: MIT
//
// MEAN and SUM of bytes.
#ifndef LITMARK_GPU_Q8_REDUCE_H_
#define LITMARK_GPU_Q8_REDUCE_H_

#include "gpu_q8.h"

bool lm__gpu_q8_reduce_supports(const lm__gpu_context* context, const lm_graph* graph,
                                const lm_node* node, const char** out_why);
lm_status lm__gpu_q8_reduce_compile(lm__gpu_build* build, const lm_node* node, bool mean,
                                    lm_error* err);

#endif  // LITMARK_GPU_Q8_REDUCE_H_
