// SPDX-License-Identifier: MIT
//
// GATHER and GATHER_ND by constant indices: slices of the input, chosen while compiling.
#ifndef LITMARK_GPU_CHOOSE_H_
#define LITMARK_GPU_CHOOSE_H_

#include "gpu_move.h"

/// The input as [batch, outer, extent, inner]; the output is [batch, outer, indices, inner].
typedef struct lm__gpu_choice {
  int64_t batch, outer, extent, inner, indices;
} lm__gpu_choice;

/// Index `i` of the choice's batch * indices; -1 where it is out of range.
typedef int64_t (*lm__gpu_index)(const lm_graph* graph, const lm_node* node, int64_t i);

bool lm__gpu_choose_supports(const lm__gpu_context* context, const lm_graph* graph,
                             const lm_node* node, const lm__gpu_choice* choice, lm__gpu_index index,
                             const char** out_why);
lm_status lm__gpu_choose_compile(lm__gpu_build* build, const lm_node* node,
                                 const lm__gpu_choice* choice, lm__gpu_index index,
                                 const char* label, lm_error* err);

#endif  // LITMARK_GPU_CHOOSE_H_
