// SPDX-License-Identifier: MIT
//
// An OpenCL device behind delegates/gpu/gpu_device.h. The files share what is below:
// cl_device.c opens and closes, cl_wait.c waits and names failures, cl_buffer.c is memory,
// cl_program.c compiles, cl_recording.c runs.
#ifndef LITMARK_OPENCL_DEVICE_H_
#define LITMARK_OPENCL_DEVICE_H_

#include <stdbool.h>

#include "../gpu/gpu_device.h"
#include "../gpu/gpu_options.h"
#include "cl_loader.h"
#include "cl_platform.h"

#define LM_CL_TRY(expression)            \
  do {                                   \
    const lm_status try_ = (expression); \
    if (try_ != LM_OK) return try_;      \
  } while (0)

struct lm__cl_waiter;
struct lm__cl_clblast;

typedef struct lm__cl_device {
  lm__gpu_device base;
  lm__cl_library library;    // not opened where the symbols are a test's
  const lm__cl_symbols* cl;  // &library.symbols, or a test's
  cl_device_id id;
  bool is_part;  // `id` is a sub-device, to be released
  cl_context context;
  cl_command_queue queue;        // in order, with profiling
  struct lm__cl_waiter* waiter;  // NULL: waiting is polling
  double timeout_seconds;
  bool lost;  // did not answer, or reported that it is gone: nothing is sent to it any more
  size_t device_bytes;

  lm__gpu_kernel* kernels;
  char* cache_folder;  // NULL: binaries are not kept
  uint64_t identity;   // of device, driver and platform: binaries are for them
  bool can_half;       // half arithmetic, cl_khr_fp16
  bool can_dot;        // cl_khr_integer_dot_product
  int32_t compiled, cached;
  uint64_t compile_ns;
  struct lm__cl_clblast* clblast;  // NULL: not installed
} lm__cl_device;

/// Opens the device that `options` names. `symbols` replaces the system's library in tests, and
/// stays valid until close; NULL: the library is opened.
lm_status lm__cl_device_open(const lm_delegate_options* options, const lm__gpu_options* gpu_options,
                             const lm__cl_symbols* symbols, lm_allocator allocator,
                             lm__gpu_device** out_device, lm_error* err);

// ---- cl_wait.c

/// Sets `err` from an OpenCL code: "delegate opencl: DEVICE: WHAT: CL_OUT_OF_RESOURCES".
lm_status lm__cl_failed(lm__cl_device* device, cl_int code, lm_error* err, const char* format, ...)
    LM_PRINTF(4, 5);

/// Fails when the device was lost before.
lm_status lm__cl_check_lost(const lm__cl_device* device, lm_error* err);

/// How the device is waited for: blocked where it computes on the host's processors, which it needs
/// more than we do.
lm_status lm__cl_waiter_create(lm__cl_device* device, lm_error* err);
void lm__cl_waiter_destroy(lm__cl_device* device);

/// Flushes the queue and waits until `event` is complete, at most the device's time limit. Releases
/// `event`. `what` names the work in messages.
lm_status lm__cl_finish_event(lm__cl_device* device, cl_event event, const char* what,
                              lm_error* err);

// ---- cl_buffer.c

struct lm__gpu_buffer {
  cl_mem memory;
  size_t bytes;
};

lm_status lm__cl_buffer_create(lm__gpu_device* device, size_t bytes, lm__gpu_memory memory,
                               lm__gpu_buffer** out_buffer, lm_error* err);
void lm__cl_buffer_destroy(lm__gpu_device* device, lm__gpu_buffer* buffer);
lm_status lm__cl_write(lm__gpu_device* device, lm__gpu_buffer* buffer, size_t offset,
                       const void* data, size_t bytes, lm_error* err);
lm_status lm__cl_read(lm__gpu_device* device, lm__gpu_buffer* buffer, size_t offset, void* data,
                      size_t bytes, lm_error* err);
/// A handle for a range that the caller releases; it keeps the buffer alive.
lm_status lm__cl_range_memory(lm__cl_device* device, const lm__gpu_range* range, cl_mem* out_memory,
                              lm_error* err);

// ---- cl_program.c

struct lm__gpu_kernel {
  lm__gpu_kernel* next;
  lm__gpu_kernel_key key;
  cl_program program;  // NULL: a library's
  bool unsaved;        // to be kept in the cache on disk
};

bool lm__cl_has_kernel(const lm__gpu_device* device, const char* name, lm__gpu_type type);
lm_status lm__cl_kernel(lm__gpu_device* device, const lm__gpu_kernel_key* key,
                        const lm__gpu_kernel** out_kernel, lm_error* err);
/// Keeps the binaries of kernels that were compiled since the last call. Called when they have run:
/// some drivers (PoCL) compile the most then, and put that into the binary.
lm_status lm__cl_kernels_save(lm__cl_device* device, lm_error* err);
void lm__cl_kernels_destroy(lm__cl_device* device);

// ---- cl_recording.c

lm_status lm__cl_recording_create(lm__gpu_device* device, lm__gpu_recording** out_recording,
                                  lm_error* err);
void lm__cl_recording_destroy(lm__gpu_device* device, lm__gpu_recording* recording);
lm_status lm__cl_record_upload(lm__gpu_recording* recording, lm__gpu_range to, const void* host,
                               lm_error* err);
lm_status lm__cl_record_dispatch(lm__gpu_recording* recording, const lm__gpu_dispatch* dispatch,
                                 lm_error* err);
lm_status lm__cl_record_download(lm__gpu_recording* recording, lm__gpu_range from, void* host,
                                 lm_error* err);
lm_status lm__cl_finish(lm__gpu_recording* recording, lm_error* err);
lm_status lm__cl_run(lm__gpu_recording* recording, lm__gpu_times* out_times, lm_profiler* profiler,
                     lm_error* err);

#endif  // LITMARK_OPENCL_DEVICE_H_
