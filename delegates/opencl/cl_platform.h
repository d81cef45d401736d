// SPDX-License-Identifier: MIT
//
// Which platforms and devices there are, in an order that does not change: GPUs, accelerators,
// CPUs; within each by platform name, and else as the drivers list them.
#ifndef LITMARK_OPENCL_PLATFORM_H_
#define LITMARK_OPENCL_PLATFORM_H_

#include <stdbool.h>

#include "cl_loader.h"
#include "litmark/delegate.h"

#define LM_CL_MAX_DEVICES 64

typedef struct lm__cl_candidate {
  cl_platform_id platform;
  cl_device_id device;
  lm_device_info info;
} lm__cl_candidate;

typedef struct lm__cl_candidates {
  lm__cl_candidate items[LM_CL_MAX_DEVICES];
  int32_t count;
} lm__cl_candidates;

/// @retval LM_UNAVAILABLE  no platform or no device; says what to install.
lm_status lm__cl_enumerate(const lm__cl_symbols* cl, lm__cl_candidates* out_candidates,
                           lm_error* err);

/// `wanted` is an index or part of a name or platform, whatever case; NULL or "": the first device
/// that can be used.
/// @retval LM_UNAVAILABLE  there is none; lists what there is.
lm_status lm__cl_select(const lm__cl_candidates* candidates, const char* wanted,
                        const lm__cl_candidate** out_candidate, lm_error* err);

/// True when `name` is one of the device's extensions.
bool lm__cl_has_extension(const lm__cl_symbols* cl, cl_device_id device, const char* name);

/// A number of a device of any width; 0 when the driver has none.
uint64_t lm__cl_device_number(const lm__cl_symbols* cl, cl_device_id device, cl_device_info what);

#endif  // LITMARK_OPENCL_PLATFORM_H_
