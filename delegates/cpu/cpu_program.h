// SPDX-License-Identifier: MIT
//
// A partition as a list of steps, one a node: these of the vtable's functions work on it.
#ifndef LITMARK_CPU_PROGRAM_H_
#define LITMARK_CPU_PROGRAM_H_

#include "litmark/delegate.h"

lm_status lm__cpu_program_compile(lm_delegate* delegate, const lm_graph* graph,
                                  const lm_partition* partition, lm_compiler* compiler,
                                  lm_program** out_program, lm_error* err);
lm_status lm__cpu_program_bind(lm_program* program, const lm_graph* graph, void* const* buffers,
                               lm_error* err);
lm_status lm__cpu_program_run(lm_program* program, lm_profiler* profiler, lm_error* err);
void lm__cpu_program_destroy(lm_program* program);
void lm__cpu_program_stats(const lm_program* program, lm_program_stats* out_stats);

#endif  // LITMARK_CPU_PROGRAM_H_
