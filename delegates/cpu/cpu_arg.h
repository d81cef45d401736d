// SPDX-License-Identifier: MIT
//
// ARG_MAX and ARG_MIN: the first index of the largest or smallest element along an axis.
#ifndef LITMARK_CPU_ARG_H_
#define LITMARK_CPU_ARG_H_

#include "cpu_op.h"

bool lm__cpu_arg_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                          const lm_node* node, const char** out_why);
lm_status lm__cpu_arg_compile(const lm__cpu_build* build, const lm_node* node, bool largest,
                              lm__cpu_step** out_step, lm_error* err);

#endif  // LITMARK_CPU_ARG_H_
