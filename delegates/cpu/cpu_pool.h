// SPDX-License-Identifier: MIT
//
// What AVERAGE_POOL_2D and MAX_POOL_2D share: they differ in the micro-kernel alone.
#ifndef LITMARK_CPU_POOL_H_
#define LITMARK_CPU_POOL_H_

#include "cpu_op.h"

/// One of the two functions: a row of outputs at a time, or one.
typedef struct lm__cpu_pool_kernel {
  const char* name;
  void (*row)(const lm__pool_row_args* args);
  void (*pixel)(const lm__pool_args* args);
} lm__cpu_pool_kernel;

bool lm__cpu_pool_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                           const lm_node* node, const char** out_why);
lm_status lm__cpu_pool_compile(const lm__cpu_build* build, const lm_node* node,
                               lm__cpu_pool_kernel kernel, lm__cpu_step** out_step, lm_error* err);

#endif  // LITMARK_CPU_POOL_H_
