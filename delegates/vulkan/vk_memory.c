// SPDX-License-Identifier: MIT
//
// Buffers. Each has a memory object of its own: there are few, and long ones.
#include "vk_device.h"

#include <string.h>

#define PIECE_BYTES ((size_t)8 << 20)

// A kernel may read and write the vectors in which its last element lies (gpu_build.h).
enum { BUFFER_GRANULE = 64 };

#define LOCAL VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT
#define MAPPED (VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT)
#define CACHED VK_MEMORY_PROPERTY_HOST_CACHED_BIT

// ---- choosing a type of memory

// A small heap that the host sees (256 MiB behind PCI without a resizable window) is for others.
static bool is_whole_heap(const lm__vk_device* d, uint32_t type) {
  const VkPhysicalDeviceMemoryProperties* memory = &d->physical.memory;
  return memory->memoryHeaps[memory->memoryTypes[type].heapIndex].size >=
         d->base.caps.info.memory_bytes / 4 * 3;
}

// First allowed type with all of `wanted`; -1: none.
static int32_t find_type(const lm__vk_device* d, uint32_t allowed, VkMemoryPropertyFlags wanted,
                         bool whole_heap) {
  const VkPhysicalDeviceMemoryProperties* memory = &d->physical.memory;
  for (uint32_t i = 0; i < memory->memoryTypeCount; ++i) {
    if ((allowed >> i & 1) == 0) continue;
    if ((memory->memoryTypes[i].propertyFlags & wanted) != wanted) continue;
    if (!whole_heap || is_whole_heap(d, i)) return (int32_t)i;
  }
  return -1;
}

// Types to try, best first; those that do not exist are -1.
static void list_types(const lm__vk_device* d, uint32_t allowed, bool staging, int32_t out[3]) {
  if (staging) {
    out[0] = find_type(d, allowed, MAPPED | CACHED, false);
    out[1] = find_type(d, allowed, MAPPED, false);
    out[2] = -1;
    return;
  }
  out[0] = d->base.caps.shares_memory ? find_type(d, allowed, LOCAL | MAPPED | CACHED, true) : -1;
  if (out[0] < 0) out[0] = find_type(d, allowed, LOCAL | MAPPED, true);
  out[1] = find_type(d, allowed, LOCAL, false);
  // Memory of the host stands in only where no memory is the device's.
  out[2] = out[1] < 0 ? find_type(d, allowed, 0, false) : -1;
}

// ---- objects

static void destroy_handles(lm__vk_device* d, lm__gpu_buffer* b) {
  // Unmaps too.
  if (b->memory != VK_NULL_HANDLE) d->vk.vkFreeMemory(d->handle, b->memory, NULL);
  if (b->handle != VK_NULL_HANDLE) d->vk.vkDestroyBuffer(d->handle, b->handle, NULL);
  d->device_bytes -= b->allocated;
}

static VkResult allocate(lm__vk_device* d, lm__gpu_buffer* b, bool staging) {
  VkMemoryRequirements needs;
  d->vk.vkGetBufferMemoryRequirements(d->handle, b->handle, &needs);
  int32_t types[3];
  list_types(d, needs.memoryTypeBits, staging, types);
  VkResult result = VK_ERROR_OUT_OF_DEVICE_MEMORY;
  for (int i = 0; i < 3 && b->memory == VK_NULL_HANDLE; ++i) {
    if (types[i] < 0 || (i > 0 && types[i] == types[i - 1])) continue;
    const VkMemoryAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
        .allocationSize = needs.size,
        .memoryTypeIndex = (uint32_t)types[i],
    };
    result = d->vk.vkAllocateMemory(d->handle, &info, NULL, &b->memory);
    if (result != VK_SUCCESS) {
      b->memory = VK_NULL_HANDLE;
      continue;
    }
    b->allocated = (size_t)needs.size;
    d->device_bytes += b->allocated;
    const VkMemoryPropertyFlags has = d->physical.memory.memoryTypes[types[i]].propertyFlags;
    b->cached = (has & CACHED) != 0;
    if ((has & MAPPED) != MAPPED || (d->staged && !staging)) break;
    void* mapped = NULL;
    result = d->vk.vkMapMemory(d->handle, b->memory, 0, VK_WHOLE_SIZE, 0, &mapped);
    if (result == VK_SUCCESS) b->mapped = mapped;
  }
  return result;
}

static lm_status create(lm__vk_device* d, size_t bytes, bool staging, lm__gpu_buffer** out,
                        lm_error* err) {
  *out = NULL;
  if (bytes == 0) bytes = BUFFER_GRANULE;
  const uint64_t most = staging ? d->physical.max_allocation_bytes : d->base.caps.max_buffer_bytes;
  if (bytes > most) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "vulkan %s: %zu bytes wanted, one buffer holds %llu",
                   lm__vk_name(d), bytes, (unsigned long long)most);
  }
  lm__gpu_buffer* b = lm_alloc(d->base.allocator, sizeof *b);
  if (b == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate vulkan: buffer");
  b->bytes = (bytes + BUFFER_GRANULE - 1) / BUFFER_GRANULE * BUFFER_GRANULE;
  const VkBufferCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
      .size = b->bytes,
      .usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT |
               (staging ? 0 : VK_BUFFER_USAGE_STORAGE_BUFFER_BIT),
      .sharingMode = VK_SHARING_MODE_EXCLUSIVE,
  };
  VkResult result = d->vk.vkCreateBuffer(d->handle, &info, NULL, &b->handle);
  if (result != VK_SUCCESS) b->handle = VK_NULL_HANDLE;
  if (result == VK_SUCCESS) result = allocate(d, b, staging);
  if (result == VK_SUCCESS) {
    result = d->vk.vkBindBufferMemory(d->handle, b->handle, b->memory, 0);
  }
  if (result == VK_SUCCESS) {
    *out = b;
    return LM_OK;
  }
  destroy_handles(d, b);
  lm_free(d->base.allocator, b);
  if (lm__vk_result_status(result) != LM_OUT_OF_MEMORY) {
    return lm__vk_check(d, result, "buffer", err);
  }
  return LM_FAIL(err, LM_OUT_OF_MEMORY, "vulkan %s: no memory for %zu bytes (%s)", lm__vk_name(d),
                 bytes, lm__vk_result_name(result));
}

lm_status lm__vk_staging_create(lm__vk_device* device, size_t bytes, lm__gpu_buffer** out_buffer,
                                lm_error* err) {
  const lm_status status = create(device, bytes, true, out_buffer, err);
  if (*out_buffer == NULL || (*out_buffer)->mapped != NULL) return status;
  lm__vk_buffer_destroy(&device->base, *out_buffer);
  *out_buffer = NULL;
  return LM_FAIL(err, LM_INTERNAL, "vulkan %s: no memory that the host sees", lm__vk_name(device));
}

// ---- commands outside of recordings

static lm_status begin_once(lm__vk_device* d, lm_error* err) {
  const lm_status status = lm__vk_begin(d, d->once, true, err);
  if (status == LM_OK) lm__vk_barrier_all(d, d->once);
  return status;
}

static lm_status end_once(lm__vk_device* d, lm_error* err) {
  lm__vk_barrier_all(d, d->once);
  lm_status status = lm__vk_check(d, d->vk.vkEndCommandBuffer(d->once), "vkEndCommandBuffer", err);
  if (status == LM_OK) status = lm__vk_submit(d, d->once, err);
  if (status == LM_OK) status = lm__vk_wait(d, err);
  return status;
}

static lm_status fill_with_zeros(lm__vk_device* d, lm__gpu_buffer* b, lm_error* err) {
  if (b->mapped != NULL) {
    memset(b->mapped, 0, b->bytes);
    return LM_OK;
  }
  const lm_status status = begin_once(d, err);
  if (status != LM_OK) return status;
  d->vk.vkCmdFillBuffer(d->once, b->handle, 0, VK_WHOLE_SIZE, 0);
  return end_once(d, err);
}

lm_status lm__vk_buffer_create(lm__gpu_device* device, size_t bytes, lm__gpu_memory memory,
                               lm__gpu_buffer** out_buffer, lm_error* err) {
  (void)memory;  // both are read by kernels, and mapped where the device's memory can be
  lm__vk_device* d = lm__vk(device);
  lm_status status = create(d, bytes, false, out_buffer, err);
  if (*out_buffer == NULL) return status;
  status = lm__vk_validated(d, fill_with_zeros(d, *out_buffer, err), err);
  if (status == LM_OK) return LM_OK;
  lm__vk_buffer_destroy(device, *out_buffer);
  *out_buffer = NULL;
  return status;
}

void lm__vk_buffer_destroy(lm__gpu_device* device, lm__gpu_buffer* buffer) {
  if (buffer == NULL) return;
  lm__vk_device* d = lm__vk(device);
  if (lm__vk_may_destroy(d)) destroy_handles(d, buffer);
  lm_free(device->allocator, buffer);
}

static lm_status check_range(const lm__vk_device* d, const lm__gpu_buffer* b, size_t offset,
                             size_t bytes, lm_error* err) {
  if (offset <= b->bytes && bytes <= b->bytes - offset) return LM_OK;
  return LM_FAIL(err, LM_INTERNAL, "vulkan %s: %zu bytes at %zu of a buffer of %zu", lm__vk_name(d),
                 bytes, offset, b->bytes);
}

// Copies a piece between the staging memory and a buffer.
static lm_status copy_piece(lm__vk_device* d, lm__gpu_buffer* from, size_t from_offset,
                            lm__gpu_buffer* to, size_t to_offset, size_t bytes, lm_error* err) {
  const lm_status status = begin_once(d, err);
  if (status != LM_OK) return status;
  const VkBufferCopy region = {.srcOffset = from_offset, .dstOffset = to_offset, .size = bytes};
  d->vk.vkCmdCopyBuffer(d->once, from->handle, to->handle, 1, &region);
  return end_once(d, err);
}

// A piece of staging memory for `bytes`, which lives as long as one call: these copies are rare.
static lm_status create_piece(lm__vk_device* d, size_t bytes, lm__gpu_buffer** out, lm_error* err) {
  return lm__vk_staging_create(d, bytes < PIECE_BYTES ? bytes : PIECE_BYTES, out, err);
}

lm_status lm__vk_write(lm__gpu_device* device, lm__gpu_buffer* buffer, size_t offset,
                       const void* data, size_t bytes, lm_error* err) {
  lm__vk_device* d = lm__vk(device);
  lm_status status = check_range(d, buffer, offset, bytes, err);
  if (status != LM_OK || bytes == 0) return status;
  if (buffer->mapped != NULL) {
    memcpy(buffer->mapped + offset, data, bytes);
    return LM_OK;
  }
  lm__gpu_buffer* staging = NULL;
  status = create_piece(d, bytes, &staging, err);
  for (size_t done = 0; staging != NULL && status == LM_OK && done < bytes;) {
    const size_t piece = bytes - done < PIECE_BYTES ? bytes - done : PIECE_BYTES;
    memcpy(staging->mapped, (const uint8_t*)data + done, piece);
    status = copy_piece(d, staging, 0, buffer, offset + done, piece, err);
    done += piece;
  }
  lm__vk_buffer_destroy(device, staging);
  return lm__vk_validated(d, status, err);
}

lm_status lm__vk_read(lm__gpu_device* device, lm__gpu_buffer* buffer, size_t offset, void* data,
                      size_t bytes, lm_error* err) {
  lm__vk_device* d = lm__vk(device);
  lm_status status = check_range(d, buffer, offset, bytes, err);
  if (status != LM_OK || bytes == 0) return status;
  if (buffer->mapped != NULL && buffer->cached) {
    memcpy(data, buffer->mapped + offset, bytes);
    return LM_OK;
  }
  lm__gpu_buffer* staging = NULL;
  status = create_piece(d, bytes, &staging, err);
  for (size_t done = 0; staging != NULL && status == LM_OK && done < bytes;) {
    const size_t piece = bytes - done < PIECE_BYTES ? bytes - done : PIECE_BYTES;
    status = copy_piece(d, buffer, offset + done, staging, 0, piece, err);
    if (status == LM_OK) memcpy((uint8_t*)data + done, staging->mapped, piece);
    done += piece;
  }
  lm__vk_buffer_destroy(device, staging);
  return lm__vk_validated(d, status, err);
}
