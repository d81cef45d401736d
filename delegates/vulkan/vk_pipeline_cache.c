// SPDX-License-Identifier: MIT
#include "vk_pipeline_cache.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/hash64.h"
#include "vk_device.h"
#include "vk_spirv.h"

static const char kMagic[8] = "LMVKPC\r\n";

// More is no cache of ours.
#define MOST_BYTES ((uint64_t)1 << 30)

typedef struct file_header {
  char magic[8];
  uint64_t name;
  uint64_t data_bytes;
  uint64_t data_hash;
} file_header;

// What the data must begin with, by the specification (VkPipelineCacheHeaderVersionOne).
typedef struct data_header {
  uint32_t bytes;
  uint32_t version;
  uint32_t vendor;
  uint32_t device;
  uint8_t uuid[VK_UUID_SIZE];
} data_header;

uint64_t lm__vk_identity(const lm__vk_device* d) {
  const VkPhysicalDeviceProperties* p = &d->physical.properties;
  uint64_t hash = lm__hash64(p->pipelineCacheUUID, VK_UUID_SIZE, 0);
  const uint32_t ids[] = {p->vendorID, p->deviceID, p->driverVersion, p->apiVersion};
  hash = lm__hash64(ids, sizeof ids, hash);
  return lm__vk_spirv_table_hash(hash);
}

// ---- reading

static bool read_all(int fd, void* data, size_t bytes) {
  uint8_t* p = data;
  while (bytes > 0) {
    const ssize_t got = read(fd, p, bytes);
    if (got <= 0) return false;
    p += got;
    bytes -= (size_t)got;
  }
  return true;
}

// Drivers check their data, but not all as they should: a damaged file never reaches them.
static bool fits_device(const lm__vk_device* d, const void* data, size_t bytes) {
  data_header header;
  if (bytes < sizeof header) return false;
  memcpy(&header, data, sizeof header);
  const VkPhysicalDeviceProperties* p = &d->physical.properties;
  return header.bytes >= sizeof header && header.bytes <= bytes &&
         header.version == VK_PIPELINE_CACHE_HEADER_VERSION_ONE && header.vendor == p->vendorID &&
         header.device == p->deviceID &&
         memcmp(header.uuid, p->pipelineCacheUUID, VK_UUID_SIZE) == 0;
}

// The data of the open file, or NULL.
static void* read_data(const lm__vk_pipeline_cache* cache, const lm__vk_device* d, int fd,
                       size_t* out_bytes) {
  struct stat info;
  file_header header;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return NULL;
  if (info.st_uid != geteuid() && info.st_uid != 0) return NULL;
  if (!read_all(fd, &header, sizeof header)) return NULL;
  if (memcmp(header.magic, kMagic, sizeof kMagic) != 0 || header.name != cache->name) return NULL;
  if (header.data_bytes == 0 || header.data_bytes > MOST_BYTES ||
      (uint64_t)info.st_size != sizeof header + header.data_bytes) {
    return NULL;
  }
  void* data = lm_alloc(cache->allocator, (size_t)header.data_bytes);
  if (data == NULL) return NULL;
  if (read_all(fd, data, (size_t)header.data_bytes) &&
      lm__hash64(data, (size_t)header.data_bytes, 0) == header.data_hash &&
      fits_device(d, data, (size_t)header.data_bytes)) {
    *out_bytes = (size_t)header.data_bytes;
    return data;
  }
  lm_free(cache->allocator, data);
  return NULL;
}

static lm_status name_files(lm__vk_pipeline_cache* cache, const lm__vk_device* d,
                            const char* folder, lm_error* err) {
  cache->name = lm__vk_identity(d);
  const size_t bytes = strlen(folder) + 96;
  cache->path = lm_alloc(cache->allocator, bytes);
  cache->temporary = lm_alloc(cache->allocator, bytes);
  if (cache->path == NULL || cache->temporary == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate vulkan: pipeline cache");
  }
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  snprintf(cache->path, bytes, "%s/litmark-%016" PRIx64 ".vulkan", folder, cache->name);
  snprintf(cache->temporary, bytes, "%s/.litmark-%016" PRIx64 ".%ld.%ld%09ld", folder, cache->name,
           (long)getpid(), (long)now.tv_sec, now.tv_nsec);
  // One that is there, or cannot be made, shows when the file is opened.
  (void)mkdir(folder, 0777);
  return LM_OK;
}

lm_status lm__vk_pipeline_cache_open(lm__vk_pipeline_cache* cache, lm__vk_device* device,
                                     const char* folder, lm_error* err) {
  cache->allocator = device->base.allocator;
  void* data = NULL;
  size_t bytes = 0;
  if (folder != NULL) {
    const lm_status status = name_files(cache, device, folder, err);
    if (status != LM_OK) return status;
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    const int fd = open(cache->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd >= 0) {
      data = read_data(cache, device, fd, &bytes);
      close(fd);
    }
    if (data != NULL) cache->loaded = lm__hash64(data, bytes, 0);
  }
  const VkPipelineCacheCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO,
      .initialDataSize = bytes,
      .pInitialData = data,
  };
  const VkResult result =
      device->vk.vkCreatePipelineCache(device->handle, &info, NULL, &cache->handle);
  lm_free(cache->allocator, data);
  if (result == VK_SUCCESS) return LM_OK;
  cache->handle = VK_NULL_HANDLE;
  return lm__vk_check(device, result, "pipeline cache", err);
}

// ---- writing

static bool write_all(int fd, const void* data, size_t bytes) {
  const uint8_t* p = data;
  while (bytes > 0) {
    const ssize_t done = write(fd, p, bytes);
    if (done <= 0) return false;
    p += done;
    bytes -= (size_t)done;
  }
  return true;
}

static void write_file(const lm__vk_pipeline_cache* cache, const void* data, size_t bytes,
                       uint64_t hash) {
  file_header header = {.name = cache->name, .data_bytes = bytes, .data_hash = hash};
  memcpy(header.magic, kMagic, sizeof kMagic);
  const int fd = open(cache->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0) return;
  bool ok = write_all(fd, &header, sizeof header) && write_all(fd, data, bytes);
  ok = close(fd) == 0 && ok;
  if (!ok || rename(cache->temporary, cache->path) != 0) (void)unlink(cache->temporary);
}

// A cache that cannot be written costs time, no results: that is no failure.
static void save_data(const lm__vk_pipeline_cache* cache, const lm__vk_device* d) {
  size_t bytes = 0;
  VkResult result = d->vk.vkGetPipelineCacheData(d->handle, cache->handle, &bytes, NULL);
  if (result != VK_SUCCESS || bytes == 0 || bytes > MOST_BYTES) return;
  void* data = lm_alloc(cache->allocator, bytes);
  if (data == NULL) return;
  result = d->vk.vkGetPipelineCacheData(d->handle, cache->handle, &bytes, data);
  if (result == VK_SUCCESS && fits_device(d, data, bytes)) {
    const uint64_t hash = lm__hash64(data, bytes, 0);
    if (hash != cache->loaded) write_file(cache, data, bytes, hash);
  }
  lm_free(cache->allocator, data);
}

void lm__vk_pipeline_cache_close(lm__vk_pipeline_cache* cache, lm__vk_device* device, bool save) {
  if (cache->handle == VK_NULL_HANDLE) return;
  if (save && cache->path != NULL) save_data(cache, device);
  device->vk.vkDestroyPipelineCache(device->handle, cache->handle, NULL);
  cache->handle = VK_NULL_HANDLE;
}

void lm__vk_pipeline_cache_deinit(lm__vk_pipeline_cache* cache) {
  lm_free(cache->allocator, cache->path);
  lm_free(cache->allocator, cache->temporary);
  cache->path = NULL;
  cache->temporary = NULL;
}
