// SPDX-License-Identifier: MIT
//
// RESHAPE and SQUEEZE: the output takes over the input's memory where it can.
#ifndef LITMARK_CPU_COPY_H_
#define LITMARK_CPU_COPY_H_

#include "cpu_op.h"

bool lm__cpu_copy_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                           const lm_node* node, const char** out_why);
lm_status lm__cpu_copy_compile(const lm__cpu_build* build, const lm_node* node,
                               lm__cpu_step** out_step, lm_error* err);

#endif  // LITMARK_CPU_COPY_H_
