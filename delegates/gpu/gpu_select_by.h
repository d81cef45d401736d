// SPDX-License-Identifier: MIT
//
// SELECT and SELECT_V2: elements of one tensor where a condition holds, of another elsewhere.
#ifndef LITMARK_GPU_SELECT_BY_H_
#define LITMARK_GPU_SELECT_BY_H_

#include "gpu_move.h"

/// `condition`: the shape with which the condition broadcasts.
bool lm__gpu_select_supports(const lm__gpu_context* context, const lm_graph* graph,
                             const lm_node* node, const lm_shape* condition, const char** out_why);
lm_status lm__gpu_select_emit(lm__gpu_build* build, const lm_node* node, const lm_shape* condition,
                              const char* label, lm_error* err);

#endif  // LITMARK_GPU_SELECT_BY_H_
