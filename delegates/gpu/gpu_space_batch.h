// SPDX-License-Identifier: MIT
//
// SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND over one or two dimensions of an image.
#ifndef LITMARK_GPU_SPACE_BATCH_H_
#define LITMARK_GPU_SPACE_BATCH_H_

#include "gpu_move.h"

bool lm__gpu_space_batch_supports(const lm__gpu_context* context, const lm_graph* graph,
                                  const lm_node* node, const char** out_why);
lm_status lm__gpu_space_batch_compile(lm__gpu_build* build, const lm_node* node, bool to_parts,
                                      const char* label, lm_error* err);

#endif  // LITMARK_GPU_SPACE_BATCH_H_
