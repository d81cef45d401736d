// SPDX-License-Identifier: MIT
//
// The part of a GPU delegate's vtable that does not depend on the driver.
#ifndef LITMARK_GPU_DELEGATE_H_
#define LITMARK_GPU_DELEGATE_H_

#include "gpu_device.h"
#include "gpu_options.h"

/// Makes a delegate of an opened device and OWNS it from here on, also on failure. Takes over what
/// `options` owns.
lm_status lm__gpu_delegate_create(const lm_delegate_vtable* vtable, lm__gpu_device* device,
                                  lm__gpu_options* options, lm_delegate** out_delegate,
                                  lm_error* err);

void lm__gpu_close(lm_delegate* delegate);
bool lm__gpu_supports(const lm_delegate* delegate, const lm_graph* graph, const lm_node* node,
                      const char** out_why);
lm_status lm__gpu_compile(lm_delegate* delegate, const lm_graph* graph,
                          const lm_partition* partition, lm_compiler* compiler,
                          lm_program** out_program, lm_error* err);
lm_status lm__gpu_bind(lm_program* program, const lm_graph* graph, void* const* buffers,
                       lm_error* err);
lm_status lm__gpu_run(lm_program* program, lm_profiler* profiler, lm_error* err);
void lm__gpu_destroy_program(lm_program* program);
void lm__gpu_stats(const lm_program* program, lm_program_stats* out_stats);
void lm__gpu_times_of(const lm_program* program, lm_program_times* out_times);
const char* lm__gpu_device_name(const lm_delegate* delegate);
const lm_device_info* lm__gpu_device_info(const lm_delegate* delegate);

/// Fills the slots of a vtable that are the same for every driver.
#define LM_GPU_DELEGATE_SLOTS                                                            \
  .close = lm__gpu_close, .supports = lm__gpu_supports, .compile = lm__gpu_compile,      \
  .bind = lm__gpu_bind, .run = lm__gpu_run, .destroy_program = lm__gpu_destroy_program,  \
  .stats = lm__gpu_stats, .times = lm__gpu_times_of, .device_name = lm__gpu_device_name, \
  .device_info = lm__gpu_device_info

#endif  // LITMARK_GPU_DELEGATE_H_
