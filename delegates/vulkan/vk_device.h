// SPDX-License-Identifier: MIT
//
// An open Vulkan device: what the files of this folder share.
#ifndef LITMARK_VK_DEVICE_H_
#define LITMARK_VK_DEVICE_H_

#include "gpu_device.h"
#include "vk_loader.h"
#include "vk_physical.h"
#include "vk_pipeline_cache.h"

typedef struct lm__vk_config {
  const char* device;        ///< index, or part of a name; NULL: the first that can be used
  double timeout_seconds;    ///< a submission that takes longer is given up
  const char* cache_folder;  ///< of compiled pipelines; NULL: none is kept
  bool validate;             ///< a message of the validation layer is a failure
  bool staged;               ///< for tests: as if the host did not see the device's memory
  bool portable;             ///< for tests: no integer dot products, no cooperative matrices
  PFN_vkGetInstanceProcAddr get_proc;  ///< NULL: the system's library
} lm__vk_config;

/// Opens a device.
/// @retval LM_UNAVAILABLE       no driver or no device; `err` says what to install.
/// @retval LM_INVALID_ARGUMENT  `device` names none.
lm_status lm__vk_open(const lm__vk_config* config, lm_allocator allocator,
                      lm__gpu_device** out_device, lm_error* err);

/// As lm_delegate_vtable's device_at; `get_proc` as in lm__vk_config.
lm_status lm__vk_device_at(PFN_vkGetInstanceProcAddr get_proc, int32_t index,
                           lm_device_info* out_info, lm_error* err);

// ---- private to this folder

struct lm__gpu_buffer {
  VkBuffer handle;
  VkDeviceMemory memory;
  size_t bytes;      ///< that may be bound, a multiple of 64
  size_t allocated;  ///< of device memory
  uint8_t* mapped;   ///< NULL: the host does not see it
  bool cached;       ///< the host reads it fast
};

typedef struct lm__vk_layout {
  VkDescriptorSetLayout set;
  VkPipelineLayout pipeline;
} lm__vk_layout;

struct lm__gpu_kernel {
  lm__gpu_kernel* next;
  lm__gpu_kernel_key key;
  VkPipeline pipeline;
  int32_t buffer_count;  ///< storage buffers that the shader declares
};

typedef struct lm__vk_device {
  lm__gpu_device base;
  lm__vk_instance instance;
  lm__vk_functions vk;
  lm__vk_physical physical;
  VkDevice handle;
  VkQueue queue;
  VkCommandPool pool;
  VkCommandBuffer once;  ///< for copies outside of recordings
  VkFence fence;         ///< of the one submission that can be under way
  uint64_t timeout_ns;
  bool lost;  ///< VK_ERROR_DEVICE_LOST was seen
  bool staged;
  bool hung;  ///< a submission was given up and may still be under way
  size_t device_bytes;
  lm__vk_layout layouts[LM_GPU_MAX_ARGS + 1];  ///< by number of buffers, made when needed
  lm__gpu_kernel* kernels;
  lm__vk_pipeline_cache cache;
  int32_t compiled;
  int32_t cached;
  uint64_t compile_ns;
} lm__vk_device;

static inline lm__vk_device* lm__vk(lm__gpu_device* device) { return (lm__vk_device*)device; }
static inline const lm__vk_device* lm__vk_const(const lm__gpu_device* device) {
  return (const lm__vk_device*)device;
}
static inline const char* lm__vk_name(const lm__vk_device* d) { return d->base.caps.info.name; }

/// Turns a driver's result into a status; `what` says what failed. Remembers a lost device.
lm_status lm__vk_check(lm__vk_device* device, VkResult result, const char* what, lm_error* err);

/// `status`, or LM_INTERNAL when that is LM_OK and the validation layer has complained.
lm_status lm__vk_validated(lm__vk_device* device, lm_status status, lm_error* err);

/// False once a submission was given up: then its objects may not be touched any more, and stay.
bool lm__vk_may_destroy(lm__vk_device* device);

// vk_memory.c
lm_status lm__vk_buffer_create(lm__gpu_device* device, size_t bytes, lm__gpu_memory memory,
                               lm__gpu_buffer** out_buffer, lm_error* err);
void lm__vk_buffer_destroy(lm__gpu_device* device, lm__gpu_buffer* buffer);
lm_status lm__vk_write(lm__gpu_device* device, lm__gpu_buffer* buffer, size_t offset,
                       const void* data, size_t bytes, lm_error* err);
lm_status lm__vk_read(lm__gpu_device* device, lm__gpu_buffer* buffer, size_t offset, void* data,
                      size_t bytes, lm_error* err);
/// Mapped memory of the host that the device copies from and to.
lm_status lm__vk_staging_create(lm__vk_device* device, size_t bytes, lm__gpu_buffer** out_buffer,
                                lm_error* err);

// vk_submit.c
lm_status lm__vk_command_buffer(lm__vk_device* device, VkCommandBuffer* out, lm_error* err);
lm_status lm__vk_begin(lm__vk_device* device, VkCommandBuffer commands, bool once, lm_error* err);
/// Makes the effects of everything before visible to everything after.
void lm__vk_barrier_all(lm__vk_device* device, VkCommandBuffer commands);
lm_status lm__vk_submit(lm__vk_device* device, VkCommandBuffer commands, lm_error* err);
lm_status lm__vk_wait(lm__vk_device* device, lm_error* err);

// vk_kernel.c
bool lm__vk_has_kernel(const lm__gpu_device* device, const char* name, lm__gpu_type type);
lm_status lm__vk_kernel(lm__gpu_device* device, const lm__gpu_kernel_key* key,
                        const lm__gpu_kernel** out_kernel, lm_error* err);
void lm__vk_kernels_destroy(lm__vk_device* device);

// vk_recording.c
lm_status lm__vk_recording_create(lm__gpu_device* device, lm__gpu_recording** out_recording,
                                  lm_error* err);
void lm__vk_recording_destroy(lm__gpu_device* device, lm__gpu_recording* recording);
lm_status lm__vk_record_upload(lm__gpu_recording* recording, lm__gpu_range to, const void* host,
                               lm_error* err);
lm_status lm__vk_record_dispatch(lm__gpu_recording* recording, const lm__gpu_dispatch* dispatch,
                                 lm_error* err);
lm_status lm__vk_record_download(lm__gpu_recording* recording, lm__gpu_range from, void* host,
                                 lm_error* err);
lm_status lm__vk_finish(lm__gpu_recording* recording, lm_error* err);

// vk_run.c
lm_status lm__vk_run(lm__gpu_recording* recording, lm__gpu_times* out_times, lm_profiler* profiler,
                     lm_error* err);

#endif  // LITMARK_VK_DEVICE_H_
