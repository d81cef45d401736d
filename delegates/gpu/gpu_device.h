// SPDX-License-Identifier: MIT
//
// What a GPU driver does for the delegates of this folder: OpenCL and Vulkan each implement one
// vtable. Everything above it, which ops there are, how they are fused, where tensors lie, is
// shared.
//
// A device has memory (buffers), kernels, and recordings: lists of uploads, dispatches and
// downloads that are made once and run for every inference.
#ifndef LITMARK_GPU_DEVICE_H_
#define LITMARK_GPU_DEVICE_H_

#include "litmark/delegate.h"

#define LM_GPU_MAX_ARGS 8      ///< buffers of one dispatch
#define LM_GPU_MAX_PARAMS 128  ///< bytes of parameters of one dispatch (Vulkan's guaranteed least)
#define LM_GPU_MAX_CONSTANTS 16  ///< specialization constants of one kernel
#define LM_GPU_FIRST_CONSTANT 3  ///< ids 0 to 2 are the size of the work-group

/// Element types in device memory. W32 and X32 are none: kernels of convolutions are compiled for
/// them, F16 but for filters (W32) or an image (X32) in F32.
#define LM_GPU_TYPE_LIST(X) \
  X(F32, f32, 4)            \
  X(F16, f16, 2)            \
  X(I8, i8, 1)              \
  X(U8, u8, 1)              \
  X(I32, i32, 4)            \
  X(W32, w32, 2)            \
  X(X32, x32, 2)

typedef enum lm__gpu_type {
#define LM_GPU_TYPE_ENUM(upper, lower, bytes) LM_GPU_##upper,
  LM_GPU_TYPE_LIST(LM_GPU_TYPE_ENUM)
#undef LM_GPU_TYPE_ENUM
} lm__gpu_type;

/// What a device is and can. Lengths are in bytes.
typedef struct lm__gpu_caps {
  lm_device_info info;       ///< for reports
  size_t max_buffer_bytes;   ///< of one buffer that a kernel reads
  size_t local_bytes;        ///< memory that a work-group shares
  size_t range_alignment;    ///< of the offset of a range, a power of two
  uint32_t max_group_items;  ///< work-items of a work-group
  uint32_t max_groups;       ///< work-groups in one dimension
  uint32_t subgroup_items;   ///< that run in step; 1: none
  uint32_t compute_units;
  uint64_t identity;  ///< of device, driver and the sources of its kernels: measurements are for it
  bool shares_memory;  ///< with the host: uploading is no transfer over a bus
  bool half_storage;   ///< F16 elements in buffers
  bool byte_storage;   ///< I8 and U8 elements in buffers
  bool integer_dot;    ///< four products of bytes and their sum in one instruction
  bool matrix_f16;     ///< cooperative matrices: F16 x F16 summed in F32
} lm__gpu_caps;

typedef enum lm__gpu_memory {
  LM_GPU_MEMORY_DEVICE,   ///< intermediate tensors: fast for kernels; the host does not see it
  LM_GPU_MEMORY_WEIGHTS,  ///< filled once with write(), then read by kernels
} lm__gpu_memory;

/// Opaque, each driver has its own. A buffer begins with zeros.
typedef struct lm__gpu_buffer lm__gpu_buffer;
typedef struct lm__gpu_kernel lm__gpu_kernel;
typedef struct lm__gpu_recording lm__gpu_recording;

/// Part of a buffer. `offset` is a multiple of range_alignment.
typedef struct lm__gpu_range {
  lm__gpu_buffer* buffer;
  size_t offset;
  size_t bytes;
} lm__gpu_range;

/// Names a kernel: its source, the element type it is compiled for, its work-group and constants.
typedef struct lm__gpu_kernel_key {
  const char* name;   ///< of kernels/<name>.kernel or of one of the driver's own; static string
  lm__gpu_type type;  ///< LM_T in the source
  uint32_t group[3];  ///< work-items of a work-group
  int32_t constant_count;
  int32_t constants[LM_GPU_MAX_CONSTANTS];  ///< LM_CONST(3 + i, ...) of the source
} lm__gpu_kernel_key;

/// One launch. Ranges that `writes` does not name are only read. A range that is written may
/// overlap no other range of the same dispatch, unless the kernel reads an element before it writes
/// the same.
typedef struct lm__gpu_dispatch {
  const lm__gpu_kernel* kernel;
  int32_t arg_count;
  lm__gpu_range args[LM_GPU_MAX_ARGS];
  uint32_t writes;     ///< bit i: args[i] is written
  const void* params;  ///< copied
  size_t params_bytes;
  uint32_t groups[3];  ///< work-groups in each dimension, each at most max_groups
  int32_t node_index;  ///< for times
  const char* label;   ///< static string, for times: the kernel variant
} lm__gpu_dispatch;

/// Where the time of one run went, in nanoseconds. Host times are of CLOCK_MONOTONIC; `device_ns`
/// is the driver's: first kernel's begin to last kernel's end.
typedef struct lm_program_times lm__gpu_times;

/// A driver's device. First member of its own struct.
typedef struct lm__gpu_device {
  const struct lm__gpu_device_vtable* vtable;
  lm_allocator allocator;
  lm__gpu_caps caps;
} lm__gpu_device;

/// All calls come from one thread. Objects are destroyed before their device. Every failure has a
/// message that names device and kernel: LM_OUT_OF_MEMORY (device or host), LM_UNAVAILABLE (device
/// lost, or no answer within the time limit), LM_UNSUPPORTED (no such kernel, or the compiler of
/// the driver refuses it; the message has the first line of its log).
typedef struct lm__gpu_device_vtable {
  void (*close)(lm__gpu_device* device);

  lm_status (*buffer_create)(lm__gpu_device* device, size_t bytes, lm__gpu_memory memory,
                             lm__gpu_buffer** out_buffer, lm_error* err);
  void (*buffer_destroy)(lm__gpu_device* device, lm__gpu_buffer* buffer);
  /// Copies `bytes` to or from a buffer now. For weights, tuning and tests, never during inference.
  lm_status (*write)(lm__gpu_device* device, lm__gpu_buffer* buffer, size_t offset,
                     const void* data, size_t bytes, lm_error* err);
  lm_status (*read)(lm__gpu_device* device, lm__gpu_buffer* buffer, size_t offset, void* data,
                    size_t bytes, lm_error* err);

  /// True when the driver has this kernel for this type (not yet compiled).
  bool (*has_kernel)(const lm__gpu_device* device, const char* name, lm__gpu_type type);
  /// Compiles, or finds what it compiled before. The device OWNS the kernel.
  lm_status (*kernel)(lm__gpu_device* device, const lm__gpu_kernel_key* key,
                      const lm__gpu_kernel** out_kernel, lm_error* err);

  /// An empty recording.
  lm_status (*recording_create)(lm__gpu_device* device, lm__gpu_recording** out_recording,
                                lm_error* err);
  void (*recording_destroy)(lm__gpu_device* device, lm__gpu_recording* recording);
  /// In this order, each any number of times: uploads, dispatches, downloads; then finish. The
  /// effects of a dispatch are as if they ran one after the other. `host` memory is BORROWED and is
  /// read or written by every run.
  lm_status (*record_upload)(lm__gpu_recording* recording, lm__gpu_range to, const void* host,
                             lm_error* err);
  lm_status (*record_dispatch)(lm__gpu_recording* recording, const lm__gpu_dispatch* dispatch,
                               lm_error* err);
  lm_status (*record_download)(lm__gpu_recording* recording, lm__gpu_range from, void* host,
                               lm_error* err);
  lm_status (*finish)(lm__gpu_recording* recording, lm_error* err);

  /// Runs it and waits until the downloads are readable. Allocates nothing of `allocator`. Fills
  /// `out_times`. With a profiler, every dispatch is recorded as LM_EVENT_KERNEL (this may use
  /// another way through the driver, and be slower).
  lm_status (*run)(lm__gpu_recording* recording, lm__gpu_times* out_times, lm_profiler* profiler,
                   lm_error* err);

  /// Memory that the driver's objects hold on the device, staging included.
  size_t (*device_bytes)(const lm__gpu_device* device);

  /// What compiling kernels cost so far, and what was found in the cache on disk.
  void (*compile_stats)(const lm__gpu_device* device, int32_t* out_compiled, int32_t* out_cached,
                        uint64_t* out_ns);
} lm__gpu_device_vtable;

#endif  // LITMARK_GPU_DEVICE_H_
