// SPDX-License-Identifier: MIT
//
// RESHAPE, SQUEEZE and EXPAND_DIMS: the same bytes, no dispatch.
#ifndef LITMARK_GPU_SHARE_H_
#define LITMARK_GPU_SHARE_H_

#include "gpu_build.h"

bool lm__gpu_share_supports(const lm__gpu_context* context, const lm_graph* graph,
                            const lm_node* node, const char** out_why);
lm_status lm__gpu_share_compile(lm__gpu_build* build, const lm_node* node, lm_error* err);

#endif  // LITMARK_GPU_SHARE_H_
