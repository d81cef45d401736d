// SPDX-License-Identifier: MIT
//
// RELU and RELU6 as ops of their own, float32.
#ifndef LITMARK_CPU_CLAMP_H_
#define LITMARK_CPU_CLAMP_H_

#include "cpu_delegate.h"

bool lm__cpu_clamp_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                            const lm_node* node, const char** out_why);
lm_status lm__cpu_clamp_compile(const lm__cpu_build* build, const lm_node* node,
                                lm_activation activation, lm__cpu_step** out_step, lm_error* err);

#endif  // LITMARK_CPU_CLAMP_H_
