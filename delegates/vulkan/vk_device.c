// SPDX-License-Identifier: MIT
#include "vk_device.h"

#include <math.h>
#include <string.h>

#include "gpu_options.h"
#include "vk_matrix.h"

#define LONGEST_TIMEOUT_SECONDS 1e6

lm_status lm__vk_check(lm__vk_device* device, VkResult result, const char* what, lm_error* err) {
  if (result == VK_SUCCESS) return LM_OK;
  if (result == VK_ERROR_DEVICE_LOST) {
    device->lost = true;
    return LM_FAIL(err, LM_UNAVAILABLE, "vulkan %s: the device was lost (%s)", lm__vk_name(device),
                   what);
  }
  return LM_FAIL(err, lm__vk_result_status(result), "vulkan %s: %s: %s", lm__vk_name(device), what,
                 lm__vk_result_name(result));
}

lm_status lm__vk_validated(lm__vk_device* device, lm_status status, lm_error* err) {
  if (status != LM_OK || device->instance.complaint[0] == '\0') return status;
  return LM_FAIL(err, LM_INTERNAL, "vulkan validation: %s", device->instance.complaint);
}

bool lm__vk_may_destroy(lm__vk_device* device) {
  if (!device->hung) return true;
  // It may have ended after all. A wait of no length does not block.
  const VkResult result = device->vk.vkWaitForFences(device->handle, 1, &device->fence, VK_TRUE, 0);
  if (result == VK_TIMEOUT) return false;
  device->hung = false;
  device->lost |= result != VK_SUCCESS;
  return true;
}

// ---- vtable

static size_t device_bytes(const lm__gpu_device* device) {
  return lm__vk_const(device)->device_bytes;
}

static void compile_stats(const lm__gpu_device* device, int32_t* out_compiled, int32_t* out_cached,
                          uint64_t* out_ns) {
  const lm__vk_device* d = lm__vk_const(device);
  *out_compiled = d->compiled;
  *out_cached = d->cached;
  *out_ns = d->compile_ns;
}

static void close_device(lm__gpu_device* device);

static const lm__gpu_device_vtable kVtable = {
    .close = close_device,
    .buffer_create = lm__vk_buffer_create,
    .buffer_destroy = lm__vk_buffer_destroy,
    .write = lm__vk_write,
    .read = lm__vk_read,
    .has_kernel = lm__vk_has_kernel,
    .kernel = lm__vk_kernel,
    .recording_create = lm__vk_recording_create,
    .recording_destroy = lm__vk_recording_destroy,
    .record_upload = lm__vk_record_upload,
    .record_dispatch = lm__vk_record_dispatch,
    .record_download = lm__vk_record_download,
    .finish = lm__vk_finish,
    .run = lm__vk_run,
    .device_bytes = device_bytes,
    .compile_stats = compile_stats,
};

// ---- open and close

// The driver's objects. Every handle may be missing.
static void destroy_objects(lm__vk_device* d) {
  const lm__vk_functions* vk = &d->vk;
  lm__vk_pipeline_cache_close(&d->cache, d, d->compiled > 0 && !d->lost);
  lm__vk_kernels_destroy(d);
  if (d->fence != VK_NULL_HANDLE) vk->vkDestroyFence(d->handle, d->fence, NULL);
  if (d->pool != VK_NULL_HANDLE) vk->vkDestroyCommandPool(d->handle, d->pool, NULL);
  // A driver without the function was refused.
  if (vk->vkDestroyDevice != NULL) vk->vkDestroyDevice(d->handle, NULL);
}

static void free_host_memory(lm__vk_device* d) {
  const lm_allocator allocator = d->base.allocator;
  for (lm__gpu_kernel* k = d->kernels; k != NULL;) {
    lm__gpu_kernel* next = k->next;
    lm_free(allocator, k);
    k = next;
  }
  lm__vk_pipeline_cache_deinit(&d->cache);
  lm_free(allocator, d);
}

static void close_device(lm__gpu_device* device) {
  lm__vk_device* d = lm__vk(device);
  // A driver that may still be at work keeps its objects: destroying them under it is undefined,
  // and waiting for it could take forever.
  if (d->handle == VK_NULL_HANDLE || lm__vk_may_destroy(d)) {
    if (d->handle != VK_NULL_HANDLE) destroy_objects(d);
    lm__vk_instance_close(&d->instance);
    d->kernels = NULL;
  }
  free_host_memory(d);
}

static lm_status create_objects(lm__vk_device* d, lm_error* err) {
  const lm__vk_functions* vk = &d->vk;
  vk->vkGetDeviceQueue(d->handle, d->physical.queue_family, 0, &d->queue);
  const VkCommandPoolCreateInfo pool = {
      .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
      .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
      .queueFamilyIndex = d->physical.queue_family,
  };
  VkResult result = vk->vkCreateCommandPool(d->handle, &pool, NULL, &d->pool);
  if (result != VK_SUCCESS) return lm__vk_check(d, result, "command pool", err);
  const VkFenceCreateInfo fence = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
  result = vk->vkCreateFence(d->handle, &fence, NULL, &d->fence);
  if (result != VK_SUCCESS) return lm__vk_check(d, result, "fence", err);
  return lm__vk_command_buffer(d, &d->once, err);
}

// Few drivers have cooperative matrices, and none was tried: they have to show what they can.
static lm_status check_matrix(lm__vk_device* d, lm_error* err) {
  if (!d->base.caps.matrix_f16) return LM_OK;
  bool right = false;
  const lm_status status = lm__vk_matrix_check(d, LM_GPU_F16, &right, err);
  if (!right) d->physical.features.matrix_nv = d->base.caps.matrix_f16 = false;
  return status;
}

static lm_status open_device(lm__vk_device* d, const lm__vk_config* config, lm_error* err) {
  lm_status status = lm__vk_instance_open(&d->instance, config->get_proc, config->validate, err);
  if (status != LM_OK) return status;
  d->vk = d->instance.vk;
  status = lm__vk_physical_find(&d->instance, config->device, d->base.allocator, &d->physical, err);
  if (status != LM_OK) return status;
  if (config->portable) {
    d->physical.features.integer_dot = d->physical.caps.integer_dot = false;
    d->physical.features.matrix_nv = d->physical.caps.matrix_f16 = false;
  }
  if (config->staged) d->physical.caps.shares_memory = false;
  d->base.caps = d->physical.caps;
  const double seconds =
      lm__gpu_timeout_seconds(config->timeout_seconds, d->physical.caps.info.type);
  d->timeout_ns = (uint64_t)(fmin(seconds, LONGEST_TIMEOUT_SECONDS) * 1e9);
  d->base.caps.identity = lm__vk_identity(d);
  status = lm__vk_physical_open(&d->instance, &d->physical, &d->handle, err);
  if (status == LM_OK) status = lm__vk_load_device(&d->vk, d->handle, err);
  if (status == LM_OK) status = create_objects(d, err);
  if (status == LM_OK) status = lm__vk_pipeline_cache_open(&d->cache, d, config->cache_folder, err);
  if (status == LM_OK) status = check_matrix(d, err);
  return lm__vk_validated(d, status, err);
}

lm_status lm__vk_open(const lm__vk_config* config, lm_allocator allocator,
                      lm__gpu_device** out_device, lm_error* err) {
  *out_device = NULL;
  lm__vk_device* d = lm_alloc(allocator, sizeof *d);
  if (d == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate vulkan");
  d->base.vtable = &kVtable;
  d->base.allocator = allocator;
  d->staged = config->staged;
  const lm_status status = open_device(d, config, err);
  if (status != LM_OK) {
    close_device(&d->base);
    return status;
  }
  *out_device = &d->base;
  return LM_OK;
}

lm_status lm__vk_device_at(PFN_vkGetInstanceProcAddr get_proc, int32_t index,
                           lm_device_info* out_info, lm_error* err) {
  *out_info = (lm_device_info){0};
  lm__vk_instance instance;
  lm_status status = lm__vk_instance_open(&instance, get_proc, false, err);
  if (status != LM_OK) return status;
  lm__vk_physical physical;
  status = lm__vk_physical_at(&instance, index, lm_allocator_default(), &physical, err);
  if (status == LM_OK) *out_info = physical.caps.info;
  lm__vk_instance_close(&instance);
  return status;
}
