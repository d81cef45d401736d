// SPDX-License-Identifier: MIT
//
// ARG_MAX and ARG_MIN.
#ifndef LITMARK_GPU_ARG_H_
#define LITMARK_GPU_ARG_H_

#include "gpu_util.h"

bool lm__gpu_arg_supports(const lm__gpu_context* context, const lm_graph* graph,
                          const lm_node* node, const char** out_why);
lm_status lm__gpu_arg_compile(lm__gpu_build* build, const lm_node* node, bool largest,
                              const char* label, lm_error* err);

#endif  // LITMARK_GPU_ARG_H_
