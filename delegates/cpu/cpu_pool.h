// SPDX-License-Identifier: MIT
//
// What AVERAGE_POOL_2D and MAX_POOL_2D share: they differ in the micro-kernel alone.
#ifndef LITMARK_CPU_POOL_H_
#define LITMARK_CPU_POOL_H_

#include "cpu_delegate.h"

typedef void (*lm__cpu_pool_fn)(const lm__pool_args* args);

bool lm__cpu_pool_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                           const lm_node* node, const char** out_why);
lm_status lm__cpu_pool_compile(const lm__cpu_build* build, const lm_node* node, lm__cpu_pool_fn fn,
                               const char* kernel, lm__cpu_step** out_step, lm_error* err);

#endif  // LITMARK_CPU_POOL_H_
