// SPDX-License-Identifier: MIT
//
// Command buffers, handing them to the queue, waiting with a limit. One submission is under way at
// a time.
#include "vk_device.h"

lm_status lm__vk_command_buffer(lm__vk_device* device, VkCommandBuffer* out, lm_error* err) {
  const VkCommandBufferAllocateInfo info = {
      .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
      .commandPool = device->pool,
      .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
      .commandBufferCount = 1,
  };
  const VkResult result = device->vk.vkAllocateCommandBuffers(device->handle, &info, out);
  if (result == VK_SUCCESS) return LM_OK;
  *out = VK_NULL_HANDLE;
  return lm__vk_check(device, result, "command buffer", err);
}

lm_status lm__vk_begin(lm__vk_device* device, VkCommandBuffer commands, bool once, lm_error* err) {
  const VkCommandBufferBeginInfo info = {
      .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
      .flags = once ? VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT : 0,
  };
  return lm__vk_check(device, device->vk.vkBeginCommandBuffer(commands, &info),
                      "vkBeginCommandBuffer", err);
}

void lm__vk_barrier_all(lm__vk_device* device, VkCommandBuffer commands) {
  const VkMemoryBarrier barrier = {
      .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
      .srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
      .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT,
  };
  // Work of the host is ordered by submission and fence; HOST here makes writes visible to it.
  device->vk.vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT,
                                  VK_PIPELINE_STAGE_ALL_COMMANDS_BIT | VK_PIPELINE_STAGE_HOST_BIT,
                                  0, 1, &barrier, 0, NULL, 0, NULL);
}

static lm_status usable(const lm__vk_device* device, lm_error* err) {
  if (!device->lost && !device->hung) return LM_OK;
  return LM_FAIL(err, LM_UNAVAILABLE, "vulkan %s: the device %s before", lm__vk_name(device),
                 device->lost ? "was lost" : "did not answer");
}

lm_status lm__vk_submit(lm__vk_device* device, VkCommandBuffer commands, lm_error* err) {
  lm_status status = usable(device, err);
  if (status != LM_OK) return status;
  const VkSubmitInfo info = {
      .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
      .commandBufferCount = 1,
      .pCommandBuffers = &commands,
  };
  status = lm__vk_check(device, device->vk.vkResetFences(device->handle, 1, &device->fence),
                        "vkResetFences", err);
  if (status != LM_OK) return status;
  return lm__vk_check(device, device->vk.vkQueueSubmit(device->queue, 1, &info, device->fence),
                      "vkQueueSubmit", err);
}

lm_status lm__vk_wait(lm__vk_device* device, lm_error* err) {
  const VkResult result =
      device->vk.vkWaitForFences(device->handle, 1, &device->fence, VK_TRUE, device->timeout_ns);
  if (result == VK_TIMEOUT) {
    device->hung = true;
    return LM_FAIL(err, LM_UNAVAILABLE, "vulkan %s: no answer within %g s (timeout=)",
                   lm__vk_name(device), (double)device->timeout_ns / 1e9);
  }
  if (result == VK_SUCCESS) return LM_OK;
  // Whatever it was, the submission may still be under way.
  device->hung = result != VK_ERROR_DEVICE_LOST;
  return lm__vk_check(device, result, "vkWaitForFences", err);
}
