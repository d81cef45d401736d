// SPDX-License-Identifier: MIT
#ifndef LITMARK_CPU_PAD_H_
#define LITMARK_CPU_PAD_H_

#include "cpu_op.h"

/// PAD, and PADV2 with its value.
bool lm__cpu_pad_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                          const lm_node* node, const char** out_why);
lm_status lm__cpu_pad_compile(const lm__cpu_build* build, const lm_node* node,
                              lm__cpu_step** out_step, lm_error* err);

/// True for rows above and columns left of images (and below, and right of them) that hold zeros;
/// how many.
bool lm__cpu_pad_amounts(const lm_graph* graph, const lm_node* node, int32_t* out_top,
                         int32_t* out_left);

#endif  // LITMARK_CPU_PAD_H_
