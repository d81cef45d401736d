// SPDX-License-Identifier: MIT
//
// One of everything that a device does, on the fake driver.
#ifndef LITMARK_TESTS_GPU_CL_SCENARIO_H_
#define LITMARK_TESTS_GPU_CL_SCENARIO_H_

#include "cl_device.h"

typedef struct scenario {
  int32_t threads;
  const char* device;
  char cache_folder[64];  // "": none
  double timeout_seconds;
  int runs;
  // Results.
  int32_t compiled, cached;
  lm__gpu_caps caps;
} scenario;

/// Opens, compiles, records and runs `runs` times (the last one with a profiler), closes. The first
/// failure is returned; everything is destroyed all the same.
lm_status scenario_play(scenario* s, lm_allocator allocator, lm_error* err);

#endif  // LITMARK_TESTS_GPU_CL_SCENARIO_H_
