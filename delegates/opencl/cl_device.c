// SPDX-License-Identifier: MIT
#include "cl_device.h"

#include <string.h>
#include <time.h>

#include "base/hash64.h"
#include "cl_cache.h"
#include "cl_clblast.h"

// Whoever looks at an event sees that it is complete a moment before the driver's own thread has
// let go of it. PoCL 3.1 crashes there when queue and context are gone by then. Every event holds
// the queue: once nobody else does, all have let go. The limit is for drivers that count otherwise.
static void settle(const lm__cl_device* device) {
  const struct timespec pause = {.tv_nsec = 50000};
  for (int i = 0; i < 4000 && device->queue != NULL && !device->lost; ++i) {
    cl_uint holders = 0;
    const cl_int code = device->cl->clGetCommandQueueInfo(device->queue, CL_QUEUE_REFERENCE_COUNT,
                                                          sizeof holders, &holders, NULL);
    if (code != CL_SUCCESS || holders <= 1) return;
    nanosleep(&pause, NULL);
  }
}

static void cl_close(lm__gpu_device* base) {
  lm__cl_device* device = (lm__cl_device*)base;
  const lm__cl_symbols* cl = device->cl;
  settle(device);
  lm__cl_clblast_close(device);
  lm__cl_kernels_destroy(device);
  // None of these waits for the device.
  if (device->queue != NULL) cl->clReleaseCommandQueue(device->queue);
  if (device->context != NULL) cl->clReleaseContext(device->context);
  if (device->is_part) cl->clReleaseDevice(device->id);
  lm__cl_waiter_destroy(device);
  lm__cl_library_close(&device->library);
  lm_free(base->allocator, device->cache_folder);
  lm_free(base->allocator, device);
}

static size_t cl_device_bytes(const lm__gpu_device* base) {
  return ((const lm__cl_device*)base)->device_bytes;
}

static void cl_compile_stats(const lm__gpu_device* base, int32_t* out_compiled, int32_t* out_cached,
                             uint64_t* out_ns) {
  const lm__cl_device* device = (const lm__cl_device*)base;
  *out_compiled = device->compiled;
  *out_cached = device->cached;
  *out_ns = device->compile_ns;
}

static const lm__gpu_device_vtable kVtable = {
    .close = cl_close,
    .buffer_create = lm__cl_buffer_create,
    .buffer_destroy = lm__cl_buffer_destroy,
    .write = lm__cl_write,
    .read = lm__cl_read,
    .has_kernel = lm__cl_has_kernel,
    .kernel = lm__cl_kernel,
    .recording_create = lm__cl_recording_create,
    .recording_destroy = lm__cl_recording_destroy,
    .record_upload = lm__cl_record_upload,
    .record_dispatch = lm__cl_record_dispatch,
    .record_download = lm__cl_record_download,
    .finish = lm__cl_finish,
    .run = lm__cl_run,
    .device_bytes = cl_device_bytes,
    .compile_stats = cl_compile_stats,
};

// ---- open

// Compute units of a CPU are the processors that run kernels: fewer of them are a sub-device.
static lm_status limit_threads(lm__cl_device* device, int32_t threads, lm_error* err) {
  lm__gpu_caps* caps = &device->base.caps;
  if (caps->info.type != LM_DEVICE_CPU || threads <= 0 ||
      (uint32_t)threads >= caps->compute_units) {
    return LM_OK;
  }
  const cl_device_partition_property properties[] = {CL_DEVICE_PARTITION_BY_COUNTS, threads,
                                                     CL_DEVICE_PARTITION_BY_COUNTS_LIST_END, 0};
  cl_device_id part = NULL;
  cl_uint count = 0;
  const cl_int code = device->cl->clCreateSubDevices(device->id, properties, 1, &part, &count);
  if (code != CL_SUCCESS || count != 1) {
    return LM_FAIL(err, LM_UNAVAILABLE,
                   "delegate opencl: %s: this driver cannot run %d of its %u compute units alone",
                   caps->info.name, threads, caps->compute_units);
  }
  device->id = part;
  device->is_part = true;
  caps->compute_units = caps->info.compute_units = (uint32_t)threads;
  return LM_OK;
}

// Work-items that run in step. OpenCL 1.2 tells it through the vendors' extensions only.
static uint32_t subgroup_items(const lm__cl_device* device) {
  if (device->base.caps.info.type == LM_DEVICE_CPU) return 1;
  const cl_device_info warp_nv = 0x4003, wavefront_amd = 0x4043;
  uint64_t items = 0;
  if (lm__cl_has_extension(device->cl, device->id, "cl_nv_device_attribute_query")) {
    items = lm__cl_device_number(device->cl, device->id, warp_nv);
  } else if (lm__cl_has_extension(device->cl, device->id, "cl_amd_device_attribute_query")) {
    items = lm__cl_device_number(device->cl, device->id, wavefront_amd);
  }
  return items > 0 && items <= 128 ? (uint32_t)items : 1;
}

static void fill_caps(lm__cl_device* device, const lm_device_info* info) {
  const lm__cl_symbols* cl = device->cl;
  lm__gpu_caps* caps = &device->base.caps;
  caps->info = *info;
  caps->max_buffer_bytes = info->max_buffer_bytes;
  caps->local_bytes = info->local_memory_bytes;
  const uint64_t bits = lm__cl_device_number(cl, device->id, CL_DEVICE_MEM_BASE_ADDR_ALIGN);
  caps->range_alignment = 64;
  while (caps->range_alignment * 8 < bits && caps->range_alignment < 65536) {
    caps->range_alignment *= 2;
  }
  caps->max_group_items = info->max_group_items > 0 ? info->max_group_items : 1;
  // Kernels count work-items in an int.
  caps->max_groups = (uint32_t)INT32_MAX / caps->max_group_items;
  caps->compute_units = info->compute_units;
  caps->subgroup_items = subgroup_items(device);
  caps->shares_memory = lm__cl_device_number(cl, device->id, CL_DEVICE_HOST_UNIFIED_MEMORY) != 0;
  caps->half_storage = info->can_fp16;
  caps->byte_storage = info->can_int8;
  caps->integer_dot = device->can_dot = info->can_int_dot;
  device->can_half = lm__cl_has_extension(cl, device->id, "cl_khr_fp16");
}

static uint64_t identity_of(const lm__cl_candidate* candidate, const lm__cl_symbols* cl) {
  const lm_device_info* info = &candidate->info;
  char version[512] = "";
  if (cl->clGetPlatformInfo(candidate->platform, CL_PLATFORM_VERSION, sizeof version - 1, version,
                            NULL) != CL_SUCCESS) {
    version[0] = '\0';
  }
  // With their NULs: "ab" + "c" is not "a" + "bc".
  uint64_t hash = lm__hash64(info->name, strlen(info->name) + 1, 0);
  hash = lm__hash64(info->driver, strlen(info->driver) + 1, hash);
  hash = lm__hash64(info->platform, strlen(info->platform) + 1, hash);
  return lm__hash64(version, strlen(version) + 1, hash);
}

static lm_status find_device(lm__cl_device* device, const lm_delegate_options* options,
                             lm_error* err) {
  lm__cl_candidates* candidates = lm_alloc(device->base.allocator, sizeof *candidates);
  if (candidates == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate opencl");
  const lm__cl_candidate* chosen = NULL;
  lm_status status = lm__cl_enumerate(device->cl, candidates, err);
  if (status == LM_OK) status = lm__cl_select(candidates, options->device, &chosen, err);
  if (status == LM_OK) {
    device->id = chosen->device;
    fill_caps(device, &chosen->info);
    device->identity = identity_of(chosen, device->cl);
    device->base.caps.identity = lm__cl_texts_hash(device->identity);
  }
  lm_free(device->base.allocator, candidates);
  return status;
}

static lm_status make_queue(lm__cl_device* device, lm_error* err) {
  const lm__cl_symbols* cl = device->cl;
  cl_int code = CL_SUCCESS;
  device->context = cl->clCreateContext(NULL, 1, &device->id, NULL, NULL, &code);
  if (code != CL_SUCCESS) {
    device->context = NULL;
    return lm__cl_failed(device, code, err, "opening the device");
  }
  device->queue =
      cl->clCreateCommandQueue(device->context, device->id, CL_QUEUE_PROFILING_ENABLE, &code);
  if (code == CL_SUCCESS) return LM_OK;
  device->queue = NULL;
  return lm__cl_failed(device, code, err, "opening a queue");
}

static lm_status copy_folder(lm__cl_device* device, const char* folder, lm_error* err) {
  if (folder == NULL) return LM_OK;
  const size_t bytes = strlen(folder) + 1;
  device->cache_folder = lm_alloc(device->base.allocator, bytes);
  if (device->cache_folder == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate opencl");
  memcpy(device->cache_folder, folder, bytes);
  return lm__cl_cache_check(device, err);
}

static lm_status open_parts(lm__cl_device* device, const lm_delegate_options* options,
                            const lm__gpu_options* gpu_options, const lm__cl_symbols* symbols,
                            lm_error* err) {
  device->cl = symbols;
  if (symbols == NULL) {
    LM_CL_TRY(lm__cl_library_open(NULL, &device->library, err));
    device->cl = &device->library.symbols;
  }
  LM_CL_TRY(find_device(device, options, err));
  device->timeout_seconds =
      lm__gpu_timeout_seconds(gpu_options->timeout_seconds, device->base.caps.info.type);
  LM_CL_TRY(limit_threads(device, options->threads, err));
  LM_CL_TRY(copy_folder(device, gpu_options->cache_folder, err));
  LM_CL_TRY(make_queue(device, err));
  if (device->base.caps.info.type == LM_DEVICE_CPU) {
    LM_CL_TRY(lm__cl_waiter_create(device, err));
  }
  return symbols == NULL ? lm__cl_clblast_open(device, err) : LM_OK;
}

lm_status lm__cl_device_open(const lm_delegate_options* options, const lm__gpu_options* gpu_options,
                             const lm__cl_symbols* symbols, lm_allocator allocator,
                             lm__gpu_device** out_device, lm_error* err) {
  *out_device = NULL;
  lm__cl_device* device = lm_alloc(allocator, sizeof *device);
  if (device == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate opencl");
  device->base.vtable = &kVtable;
  device->base.allocator = allocator;
  const lm_status status = open_parts(device, options, gpu_options, symbols, err);
  if (status != LM_OK) {
    cl_close(&device->base);
    return status;
  }
  *out_device = &device->base;
  return LM_OK;
}
