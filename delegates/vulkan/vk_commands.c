// SPDX-License-Identifier: MIT
//
// A recording as a command buffer.
#include "vk_recording.h"

// Finest order that is needed: what shaders and copies wrote is seen by shaders and copies.
static void barrier(lm__vk_device* d, VkCommandBuffer commands, VkPipelineStageFlags before,
                    VkPipelineStageFlags after) {
  const VkPipelineStageFlags shader = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
  const VkMemoryBarrier memory = {
      .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
      .srcAccessMask = before == shader ? VK_ACCESS_SHADER_WRITE_BIT : VK_ACCESS_TRANSFER_WRITE_BIT,
      .dstAccessMask = after == shader ? VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT
                                       : VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
  };
  d->vk.vkCmdPipelineBarrier(commands, before, after, 0, 1, &memory, 0, NULL, 0, NULL);
}

// Returns whether anything was copied.
static bool copy_in(const lm__gpu_recording* r, VkCommandBuffer commands) {
  const lm__vk_transfer* uploads = r->uploads.items;
  bool any = false;
  for (int32_t i = 0; i < r->uploads.count; ++i) {
    if (!uploads[i].staged) continue;
    const VkBufferCopy region = {.srcOffset = uploads[i].staging_offset,
                                 .dstOffset = uploads[i].range.offset,
                                 .size = uploads[i].range.bytes};
    r->device->vk.vkCmdCopyBuffer(commands, r->staging->handle, uploads[i].range.buffer->handle, 1,
                                  &region);
    any = true;
  }
  return any;
}

static bool any_staged(const lm__vk_list* list) {
  const lm__vk_transfer* transfers = list->items;
  for (int32_t i = 0; i < list->count; ++i) {
    if (transfers[i].staged) return true;
  }
  return false;
}

static void copy_out(const lm__gpu_recording* r, VkCommandBuffer commands) {
  const lm__vk_transfer* downloads = r->downloads.items;
  for (int32_t i = 0; i < r->downloads.count; ++i) {
    if (!downloads[i].staged) continue;
    const VkBufferCopy region = {.srcOffset = downloads[i].range.offset,
                                 .dstOffset = downloads[i].staging_offset,
                                 .size = downloads[i].range.bytes};
    r->device->vk.vkCmdCopyBuffer(commands, downloads[i].range.buffer->handle, r->staging->handle,
                                  1, &region);
  }
}

static void read_clock(const lm__gpu_recording* r, VkCommandBuffer commands, uint32_t query) {
  // When everything before has ended. Copies in are before, so that they are no part of the
  // kernels' time.
  if (r->queries == VK_NULL_HANDLE) return;
  r->device->vk.vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, r->queries,
                                    query);
}

static void dispatch_one(const lm__gpu_recording* r, VkCommandBuffer commands,
                         const lm__vk_dispatch* dispatch, const lm__gpu_kernel** bound) {
  const lm__vk_functions* vk = &r->device->vk;
  const VkPipelineLayout layout = r->device->layouts[dispatch->kernel->buffer_count].pipeline;
  if (*bound != dispatch->kernel) {
    vk->vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, dispatch->kernel->pipeline);
    *bound = dispatch->kernel;
  }
  vk->vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1,
                              &dispatch->set, 0, NULL);
  if (dispatch->params_bytes > 0) {
    vk->vkCmdPushConstants(commands, layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, dispatch->params_bytes,
                           dispatch->params);
  }
  vk->vkCmdDispatch(commands, dispatch->groups[0], dispatch->groups[1], dispatch->groups[2]);
}

static void dispatch_all(const lm__gpu_recording* r, VkCommandBuffer commands, bool profiled) {
  const VkPipelineStageFlags shader = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
  const lm__vk_dispatch* dispatches = r->dispatches.items;
  const lm__gpu_kernel* bound = NULL;
  int32_t level = 0;
  for (int32_t i = 0; i < r->dispatches.count; ++i) {
    const lm__vk_dispatch* dispatch = &dispatches[r->order[i]];
    if (dispatch->level != level || (profiled && i > 0)) {
      barrier(r->device, commands, shader, shader);
    }
    level = dispatch->level;
    if (profiled) read_clock(r, commands, 2 + 2 * (uint32_t)i);
    dispatch_one(r, commands, dispatch, &bound);
    if (profiled) read_clock(r, commands, 3 + 2 * (uint32_t)i);
  }
}

static void record(const lm__gpu_recording* r, VkCommandBuffer commands, bool profiled) {
  lm__vk_device* d = r->device;
  const VkPipelineStageFlags shader = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
  const VkPipelineStageFlags transfer = VK_PIPELINE_STAGE_TRANSFER_BIT;
  if (r->queries != VK_NULL_HANDLE) {
    const uint32_t count = profiled ? 2 + 2 * (uint32_t)r->dispatches.count : 2;
    d->vk.vkCmdResetQueryPool(commands, r->queries, 0, count);
  }
  lm__vk_barrier_all(d, commands);
  if (copy_in(r, commands)) barrier(d, commands, transfer, shader);
  read_clock(r, commands, 0);
  dispatch_all(r, commands, profiled);
  read_clock(r, commands, 1);
  if (any_staged(&r->downloads)) {
    barrier(d, commands, shader, transfer);
    copy_out(r, commands);
  }
  lm__vk_barrier_all(d, commands);
}

lm_status lm__vk_record_commands(lm__gpu_recording* recording, bool profiled,
                                 VkCommandBuffer* out_commands, lm_error* err) {
  lm__vk_device* d = recording->device;
  lm_status status = lm__vk_command_buffer(d, out_commands, err);
  if (status == LM_OK) status = lm__vk_begin(d, *out_commands, false, err);
  if (status != LM_OK) return status;
  record(recording, *out_commands, profiled);
  return lm__vk_check(d, d->vk.vkEndCommandBuffer(*out_commands), "vkEndCommandBuffer", err);
}
