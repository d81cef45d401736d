// SPDX-License-Identifier: MIT
//
// Devices that the Vulkan drivers offer, in an order that stays: discrete GPUs, integrated,
// virtual, processors, others; those of one kind as the library lists them.
#ifndef LITMARK_VK_PHYSICAL_H_
#define LITMARK_VK_PHYSICAL_H_

#include "gpu_device.h"
#include "vk_loader.h"

/// Features that are switched on where the device has them.
typedef struct lm__vk_features {
  bool storage16;     ///< storageBuffer16BitAccess
  bool storage8;      ///< storageBuffer8BitAccess
  bool float16;       ///< shaderFloat16
  bool int8;          ///< shaderInt8
  bool integer_dot;   ///< shaderIntegerDotProduct
  bool memory_model;  ///< vulkanMemoryModel, which cooperative matrices may ask for
  bool matrix_nv;     ///< VK_NV_cooperative_matrix with 16 x 16 x 16 of F16 summed in F32
  bool feedback;      ///< VK_EXT_pipeline_creation_feedback
  bool portability;   ///< VK_KHR_portability_subset: must be named where it is there
} lm__vk_features;

typedef struct lm__vk_physical {
  VkPhysicalDevice handle;
  uint32_t api;  ///< what both the instance and the device know
  VkPhysicalDeviceProperties properties;
  VkPhysicalDeviceMemoryProperties memory;
  uint32_t queue_family;
  uint32_t timestamp_bits;        ///< 0: no clock
  uint64_t max_range_bytes;       ///< of a binding
  uint64_t max_allocation_bytes;  ///< of a memory object
  lm__vk_features features;
  lm__gpu_caps caps;  ///< info.why_not tells whether the device can be used
} lm__vk_physical;

/// Describes device `index`.
/// @retval LM_INVALID_ARGUMENT  past the last device.
/// @retval LM_UNAVAILABLE       there is none at all.
lm_status lm__vk_physical_at(const lm__vk_instance* instance, int32_t index, lm_allocator allocator,
                             lm__vk_physical* out_physical, lm_error* err);

/// Describes the device that `wanted` names: an index, or part of a name in any case; NULL: the
/// first that can be used.
lm_status lm__vk_physical_find(const lm__vk_instance* instance, const char* wanted,
                               lm_allocator allocator, lm__vk_physical* out_physical,
                               lm_error* err);

/// Opens the device with its features and one queue.
lm_status lm__vk_physical_open(const lm__vk_instance* instance, const lm__vk_physical* physical,
                               VkDevice* out_device, lm_error* err);

#endif  // LITMARK_VK_PHYSICAL_H_
