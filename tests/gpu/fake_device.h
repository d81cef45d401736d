// SPDX-License-Identifier: MIT
//
// A device of host memory for what lies above the drivers. A few kernels are C functions, and
// compute; every other name does nothing, for tests that ask what is recorded. A dispatch that
// breaks the rules of gpu_device.h (overlapping ranges, offsets, group counts) fails the run.
#ifndef LITMARK_TESTS_FAKE_DEVICE_H_
#define LITMARK_TESTS_FAKE_DEVICE_H_

#include "gpu_delegate.h"

enum { FAKE_MAX_DISPATCHES = 256 };

typedef struct fake_dispatch {
  const char* name;
  lm__gpu_type type;
  uint32_t group[3];
  lm__gpu_dispatch as_given;  ///< without params
} fake_dispatch;

typedef struct fake_device {
  lm__gpu_device base;
  int live;  ///< buffers, recordings, kernels
  int buffers;
  size_t bytes, largest_buffer;
  lm_status run_status;  ///< what run() returns
  /// The last recording.
  fake_dispatch dispatches[FAKE_MAX_DISPATCHES];
  int dispatch_count;
  int uploads, downloads;
  struct lm__gpu_kernel* kernels;
} fake_device;

/// Storage of the caller: close() frees nothing but kernels. Every ability, and no small limits.
void fake_device_init(fake_device* device, lm_allocator allocator);

/// A delegate on it with options as --delegate-options has them. `device` is closed with it.
lm_status fake_delegate_open(fake_device* device, const char* options, lm_delegate** out_delegate,
                             lm_error* err);

#endif  // LITMARK_TESTS_FAKE_DEVICE_H_
