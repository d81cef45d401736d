// SPDX-License-Identifier: MIT
//
// An OpenCL driver without a device: counts what is alive, finishes commands at once, copies on
// reads and writes, runs no kernels, and fails as it is told.
#ifndef LITMARK_TESTS_GPU_CL_FAKE_H_
#define LITMARK_TESTS_GPU_CL_FAKE_H_

#include <stdbool.h>

#include "cl_loader.h"

#define FAKE_MAX_DEVICES 4

typedef struct fake_device {
  const char* name;
  cl_device_type type;
  const char* version;  // NULL: "OpenCL 3.0 fake"
  bool unavailable;
  bool no_compiler;
  bool unified;  // shares the host's memory
} fake_device;

typedef struct fake_platform {
  const char* name;
  fake_device devices[FAKE_MAX_DEVICES];
  int device_count;
} fake_platform;

typedef struct fake_driver {
  fake_platform platforms[2];
  int platform_count;
  const char* driver_version;
  const char* extensions;
  const char* log;    // of a build that fails
  cl_uint max_units;  // 0: 8
  size_t max_group;   // of a kernel; 0: 256

  // Faults. `fail_name` fails with `fail_code`, all times, or only at the call of number `fail_at`
  // (from 1) of those with the name; NULL: of all calls.
  const char* fail_name;
  cl_int fail_code;
  int fail_at;
  cl_int event_status;  // of commands that kernels are; 0: complete
  int bad_from;         // ... from this launch on (from 0)
  int hang_at;          // commands from this one on (from 1) never complete; 0: all do

  // What happened.
  int calls;
  int live;      // objects that were made and not released
  int commands;  // with an event
  int launches, builds, binary_builds;
  cl_device_partition_property partition[4];
} fake_driver;

extern fake_driver fake;

/// One platform with one device of `type`, no faults.
void fake_reset(cl_device_type type);

/// Completes every command that hangs, late, with their callbacks.
void fake_release_hung(void);

extern const lm__cl_symbols kFakeSymbols;

#endif  // LITMARK_TESTS_GPU_CL_FAKE_H_
