// SPDX-License-Identifier: MIT
//
// A recording: what was asked for, and the command buffers made of it.
//
//     barrier | copies in | barrier | level 0 | barrier | level 1 ... | barrier | copies out |
//     barrier
#ifndef LITMARK_VK_RECORDING_H_
#define LITMARK_VK_RECORDING_H_

#include "vk_device.h"
#include "vk_hazard.h"

/// A range that every run fills from, or copies to, memory of the host. Through the staging buffer
/// where the host cannot reach the range itself.
typedef struct lm__vk_transfer {
  lm__gpu_range range;
  const void* source;  ///< of an upload
  void* target;        ///< of a download
  bool staged;
  size_t staging_offset;
} lm__vk_transfer;

typedef struct lm__vk_dispatch {
  const lm__gpu_kernel* kernel;
  VkDescriptorSet set;
  uint32_t groups[3];
  int32_t node_index;
  int32_t level;
  const char* label;
  uint32_t params_bytes;
  uint32_t params[LM_GPU_MAX_PARAMS / sizeof(uint32_t)];
  lm__gpu_range args[LM_GPU_MAX_ARGS];
} lm__vk_dispatch;

/// Grows through the allocator of the device.
typedef struct lm__vk_list {
  void* items;
  int32_t count;
  int32_t capacity;
} lm__vk_list;

struct lm__gpu_recording {
  lm__vk_device* device;
  lm__vk_list uploads;     // of lm__vk_transfer
  lm__vk_list dispatches;  // of lm__vk_dispatch
  lm__vk_list downloads;   // of lm__vk_transfer
  lm__vk_hazards hazards;
  int32_t level_count;
  int32_t* order;  // [dispatches.count]: by level, then as recorded
  lm__gpu_buffer* staging;
  VkDescriptorPool pool;
  VkCommandBuffer commands;
  VkCommandBuffer profiled;  // a clock reading around every dispatch; made when first needed
  VkQueryPool queries;       // two for the whole, then two for each dispatch
  uint64_t* ticks;           // [2 + 2 * dispatches.count]
  bool finished;
};

/// Records the commands of all runs. With `profiled`, dispatches run one after the other with clock
/// readings around each.
lm_status lm__vk_record_commands(lm__gpu_recording* recording, bool profiled,
                                 VkCommandBuffer* out_commands, lm_error* err);

#endif  // LITMARK_VK_RECORDING_H_
