// SPDX-License-Identifier: MIT
#include "vk_recording.h"

#include <string.h>

enum { STAGING_ALIGNMENT = 64, FIRST_CAPACITY = 16 };

static lm_status append(lm__gpu_recording* r, lm__vk_list* list, size_t item_bytes,
                        const void* item, lm_error* err) {
  if (r->finished) return LM_FAIL(err, LM_INTERNAL, "vulkan: the recording is finished");
  if (list->count == list->capacity) {
    const int32_t capacity = list->capacity == 0 ? FIRST_CAPACITY : 2 * list->capacity;
    void* items = lm_alloc_array(r->device->base.allocator, (size_t)capacity, item_bytes);
    if (items == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate vulkan: recording");
    if (list->count > 0) memcpy(items, list->items, (size_t)list->count * item_bytes);
    lm_free(r->device->base.allocator, list->items);
    list->items = items;
    list->capacity = capacity;
  }
  memcpy((uint8_t*)list->items + (size_t)list->count * item_bytes, item, item_bytes);
  ++list->count;
  return LM_OK;
}

static lm_status check_range(const lm__gpu_recording* r, const lm__gpu_range* range,
                             lm_error* err) {
  const lm__vk_device* d = r->device;
  if (range->buffer != NULL && range->offset <= range->buffer->bytes &&
      range->bytes <= range->buffer->bytes - range->offset) {
    return LM_OK;
  }
  return LM_FAIL(err, LM_INTERNAL, "vulkan %s: %zu bytes at %zu of a buffer of %zu", lm__vk_name(d),
                 range->bytes, range->offset, range->buffer != NULL ? range->buffer->bytes : 0);
}

// ---- the vtable's functions

lm_status lm__vk_recording_create(lm__gpu_device* device, lm__gpu_recording** out_recording,
                                  lm_error* err) {
  *out_recording = NULL;
  lm__gpu_recording* r = lm_alloc(device->allocator, sizeof *r);
  if (r == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate vulkan: recording");
  r->device = lm__vk(device);
  r->hazards.allocator = device->allocator;
  *out_recording = r;
  return LM_OK;
}

void lm__vk_recording_destroy(lm__gpu_device* device, lm__gpu_recording* recording) {
  if (recording == NULL) return;
  lm__vk_device* d = lm__vk(device);
  lm__gpu_recording* r = recording;
  if (lm__vk_may_destroy(d)) {
    if (r->commands != VK_NULL_HANDLE) {
      d->vk.vkFreeCommandBuffers(d->handle, d->pool, 1, &r->commands);
    }
    if (r->profiled != VK_NULL_HANDLE) {
      d->vk.vkFreeCommandBuffers(d->handle, d->pool, 1, &r->profiled);
    }
    if (r->queries != VK_NULL_HANDLE) d->vk.vkDestroyQueryPool(d->handle, r->queries, NULL);
    if (r->pool != VK_NULL_HANDLE) d->vk.vkDestroyDescriptorPool(d->handle, r->pool, NULL);
  }
  lm__vk_buffer_destroy(device, r->staging);
  lm__vk_hazards_deinit(&r->hazards);
  lm_free(device->allocator, r->uploads.items);
  lm_free(device->allocator, r->dispatches.items);
  lm_free(device->allocator, r->downloads.items);
  lm_free(device->allocator, r->order);
  lm_free(device->allocator, r->ticks);
  lm_free(device->allocator, r);
}

lm_status lm__vk_record_upload(lm__gpu_recording* recording, lm__gpu_range to, const void* host,
                               lm_error* err) {
  const lm_status status = check_range(recording, &to, err);
  if (status != LM_OK || to.bytes == 0) return status;
  const lm__vk_transfer transfer = {
      .range = to, .source = host, .staged = to.buffer->mapped == NULL};
  return append(recording, &recording->uploads, sizeof transfer, &transfer, err);
}

lm_status lm__vk_record_download(lm__gpu_recording* recording, lm__gpu_range from, void* host,
                                 lm_error* err) {
  const lm_status status = check_range(recording, &from, err);
  if (status != LM_OK || from.bytes == 0) return status;
  const lm__vk_transfer transfer = {
      .range = from, .target = host, .staged = from.buffer->mapped == NULL || !from.buffer->cached};
  return append(recording, &recording->downloads, sizeof transfer, &transfer, err);
}

static lm_status check_dispatch(const lm__gpu_recording* r, const lm__gpu_dispatch* dispatch,
                                lm_error* err) {
  const lm__vk_device* d = r->device;
  const lm__gpu_kernel* kernel = dispatch->kernel;
  if (dispatch->arg_count < kernel->buffer_count || dispatch->arg_count > LM_GPU_MAX_ARGS ||
      dispatch->params_bytes > LM_GPU_MAX_PARAMS || dispatch->params_bytes % 4 != 0) {
    return LM_FAIL(err, LM_INTERNAL,
                   "vulkan %s: kernel %s: %d buffers of %d, %zu bytes of parameters",
                   lm__vk_name(d), kernel->key.name, dispatch->arg_count, kernel->buffer_count,
                   dispatch->params_bytes);
  }
  for (int i = 0; i < 3; ++i) {
    const uint32_t most = d->physical.properties.limits.maxComputeWorkGroupCount[i];
    if (dispatch->groups[i] <= most) continue;
    return LM_FAIL(err, LM_INTERNAL, "vulkan %s: kernel %s: %u work-groups, the most is %u",
                   lm__vk_name(d), kernel->key.name, dispatch->groups[i], most);
  }
  for (int32_t i = 0; i < dispatch->arg_count; ++i) {
    const lm__gpu_range* range = &dispatch->args[i];
    const lm_status status = check_range(r, range, err);
    if (status != LM_OK) return status;
    if (range->bytes > d->physical.max_range_bytes ||
        range->offset % d->base.caps.range_alignment != 0) {
      return LM_FAIL(err, LM_INTERNAL,
                     "vulkan %s: kernel %s: buffer %d: %zu bytes at %zu (most %llu, alignment %zu)",
                     lm__vk_name(d), kernel->key.name, i, range->bytes, range->offset,
                     (unsigned long long)d->physical.max_range_bytes, d->base.caps.range_alignment);
    }
  }
  return LM_OK;
}

lm_status lm__vk_record_dispatch(lm__gpu_recording* recording, const lm__gpu_dispatch* dispatch,
                                 lm_error* err) {
  lm__gpu_recording* r = recording;
  lm_status status = check_dispatch(r, dispatch, err);
  if (status != LM_OK) return status;
  lm__vk_dispatch item = {
      .kernel = dispatch->kernel,
      .node_index = dispatch->node_index,
      .label = dispatch->label,
      .params_bytes = (uint32_t)dispatch->params_bytes,
  };
  memcpy(item.groups, dispatch->groups, sizeof item.groups);
  if (dispatch->params_bytes > 0) memcpy(item.params, dispatch->params, dispatch->params_bytes);
  memcpy(item.args, dispatch->args, sizeof item.args);
  lm__vk_access accesses[LM_GPU_MAX_ARGS];
  for (int32_t i = 0; i < dispatch->arg_count; ++i) {
    const lm__gpu_range* range = &dispatch->args[i];
    accesses[i] = (lm__vk_access){.memory = range->buffer,
                                  .begin = range->offset,
                                  .end = range->offset + range->bytes,
                                  .writes = (dispatch->writes >> i & 1) != 0};
  }
  status = lm__vk_hazards_add(&r->hazards, accesses, dispatch->arg_count, &item.level, err);
  if (status != LM_OK) return status;
  if (item.level >= r->level_count) r->level_count = item.level + 1;
  return append(r, &r->dispatches, sizeof item, &item, err);
}

// ---- finish

// Staging memory: uploads, then downloads.
static lm_status place_transfers(lm__gpu_recording* r, lm_error* err) {
  size_t bytes = 0;
  lm__vk_list* const lists[] = {&r->uploads, &r->downloads};
  for (int k = 0; k < 2; ++k) {
    lm__vk_transfer* transfers = lists[k]->items;
    for (int32_t i = 0; i < lists[k]->count; ++i) {
      if (!transfers[i].staged) continue;
      transfers[i].staging_offset = bytes;
      bytes += (transfers[i].range.bytes + STAGING_ALIGNMENT - 1) / STAGING_ALIGNMENT *
               STAGING_ALIGNMENT;
    }
  }
  return bytes == 0 ? LM_OK : lm__vk_staging_create(r->device, bytes, &r->staging, err);
}

// A counting sort by level.
static lm_status sort_dispatches(lm__gpu_recording* r, lm_error* err) {
  const lm_allocator allocator = r->device->base.allocator;
  const lm__vk_dispatch* dispatches = r->dispatches.items;
  int32_t* next = lm_alloc_array(allocator, (size_t)r->level_count + 1, sizeof *next);
  r->order = lm_alloc_array(allocator, (size_t)r->dispatches.count + 1, sizeof *r->order);
  if (next == NULL || r->order == NULL) {
    lm_free(allocator, next);
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate vulkan: recording");
  }
  for (int32_t i = 0; i < r->dispatches.count; ++i) ++next[dispatches[i].level + 1];
  for (int32_t i = 0; i < r->level_count; ++i) next[i + 1] += next[i];
  for (int32_t i = 0; i < r->dispatches.count; ++i) r->order[next[dispatches[i].level]++] = i;
  lm_free(allocator, next);
  return LM_OK;
}

static void write_set(lm__vk_device* d, const lm__vk_dispatch* dispatch) {
  VkDescriptorBufferInfo ranges[LM_GPU_MAX_ARGS];
  VkWriteDescriptorSet writes[LM_GPU_MAX_ARGS];
  const int32_t count = dispatch->kernel->buffer_count;
  for (int32_t i = 0; i < count; ++i) {
    const lm__gpu_range* range = &dispatch->args[i];
    // The room up to the next multiple of 64 bytes is the region's too (gpu_build.h).
    const size_t bytes = range->bytes > 0 ? (range->bytes + 63) / 64 * 64 : 64;
    const size_t left = range->buffer->bytes - range->offset;
    ranges[i] = (VkDescriptorBufferInfo){.buffer = range->buffer->handle,
                                         .offset = range->offset,
                                         .range = bytes < left ? bytes : left};
    writes[i] = (VkWriteDescriptorSet){.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                                       .dstSet = dispatch->set,
                                       .dstBinding = (uint32_t)i,
                                       .descriptorCount = 1,
                                       .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                       .pBufferInfo = &ranges[i]};
  }
  if (count > 0) d->vk.vkUpdateDescriptorSets(d->handle, (uint32_t)count, writes, 0, NULL);
}

static lm_status create_sets(lm__gpu_recording* r, lm_error* err) {
  lm__vk_device* d = r->device;
  lm__vk_dispatch* dispatches = r->dispatches.items;
  uint32_t descriptors = 1;
  for (int32_t i = 0; i < r->dispatches.count; ++i) {
    descriptors += (uint32_t)dispatches[i].kernel->buffer_count;
  }
  if (r->dispatches.count == 0) return LM_OK;
  const VkDescriptorPoolSize size = {.type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                     .descriptorCount = descriptors};
  const VkDescriptorPoolCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
      .maxSets = (uint32_t)r->dispatches.count,
      .poolSizeCount = 1,
      .pPoolSizes = &size,
  };
  VkResult result = d->vk.vkCreateDescriptorPool(d->handle, &info, NULL, &r->pool);
  if (result != VK_SUCCESS) {
    r->pool = VK_NULL_HANDLE;
    return lm__vk_check(d, result, "descriptor pool", err);
  }
  for (int32_t i = 0; i < r->dispatches.count; ++i) {
    const VkDescriptorSetAllocateInfo wanted = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
        .descriptorPool = r->pool,
        .descriptorSetCount = 1,
        .pSetLayouts = &d->layouts[dispatches[i].kernel->buffer_count].set,
    };
    result = d->vk.vkAllocateDescriptorSets(d->handle, &wanted, &dispatches[i].set);
    if (result != VK_SUCCESS) return lm__vk_check(d, result, "descriptor set", err);
    write_set(d, &dispatches[i]);
  }
  return LM_OK;
}

static lm_status create_queries(lm__gpu_recording* r, lm_error* err) {
  lm__vk_device* d = r->device;
  if (d->physical.timestamp_bits == 0 || r->dispatches.count == 0) return LM_OK;
  const uint32_t count = 2 + 2 * (uint32_t)r->dispatches.count;
  r->ticks = lm_alloc_array(d->base.allocator, count, sizeof *r->ticks);
  if (r->ticks == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate vulkan: clock readings");
  const VkQueryPoolCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
      .queryType = VK_QUERY_TYPE_TIMESTAMP,
      .queryCount = count,
  };
  const VkResult result = d->vk.vkCreateQueryPool(d->handle, &info, NULL, &r->queries);
  if (result == VK_SUCCESS) return LM_OK;
  r->queries = VK_NULL_HANDLE;
  return lm__vk_check(d, result, "query pool", err);
}

lm_status lm__vk_finish(lm__gpu_recording* recording, lm_error* err) {
  lm__gpu_recording* r = recording;
  if (r->finished) return LM_FAIL(err, LM_INTERNAL, "vulkan: the recording is finished");
  lm_status status = place_transfers(r, err);
  if (status == LM_OK) status = sort_dispatches(r, err);
  if (status == LM_OK) status = create_sets(r, err);
  if (status == LM_OK) status = create_queries(r, err);
  if (status == LM_OK) status = lm__vk_record_commands(r, false, &r->commands, err);
  lm__vk_hazards_deinit(&r->hazards);
  r->finished = status == LM_OK;
  return lm__vk_validated(r->device, status, err);
}
