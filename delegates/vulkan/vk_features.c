// SPDX-License-Identifier: MIT
#include "vk_features.h"

#include <string.h>

#include "vk_matrix.h"

lm_status lm__vk_extensions_list(const lm__vk_instance* instance, VkPhysicalDevice device,
                                 lm_allocator allocator, lm__vk_extensions* out, lm_error* err) {
  const lm__vk_functions* vk = &instance->vk;
  *out = (lm__vk_extensions){0};
  uint32_t count = 0;
  VkResult result = vk->vkEnumerateDeviceExtensionProperties(device, NULL, &count, NULL);
  if (result == VK_SUCCESS && count > 0) {
    out->all = lm_alloc_array(allocator, count, sizeof *out->all);
    if (out->all == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate vulkan: extensions");
    result = vk->vkEnumerateDeviceExtensionProperties(device, NULL, &count, out->all);
    out->count = count;
  }
  if (result == VK_SUCCESS || result == VK_INCOMPLETE) return LM_OK;
  lm_free(allocator, out->all);
  *out = (lm__vk_extensions){0};
  return LM_FAIL(err, lm__vk_result_status(result), "delegate vulkan: extensions: %s",
                 lm__vk_result_name(result));
}

bool lm__vk_has_extension(const lm__vk_extensions* have, const char* name) {
  for (uint32_t i = 0; i < have->count; ++i) {
    if (strcmp(have->all[i].extensionName, name) == 0) return true;
  }
  return false;
}

// ---- features

// The structures of one query or one creation, linked by those that the device knows.
typedef struct feature_chain {
  VkPhysicalDeviceFeatures2 head;
  VkPhysicalDevice16BitStorageFeatures storage16;
  VkPhysicalDevice8BitStorageFeatures storage8;
  VkPhysicalDeviceShaderFloat16Int8Features float16;
  VkPhysicalDeviceShaderIntegerDotProductFeatures dot;
  VkPhysicalDeviceVulkanMemoryModelFeatures model;
  VkPhysicalDeviceCooperativeMatrixFeaturesNV matrix;
} feature_chain;

void lm__vk_link(void* chain_head, void* structure) {
  VkBaseOutStructure* head = chain_head;
  VkBaseOutStructure* added = structure;
  added->pNext = head->pNext;
  head->pNext = added;
}

void lm__vk_features_read(const lm__vk_instance* instance, lm__vk_physical* p,
                          const lm__vk_extensions* have) {
  const bool is_12 = p->api >= VK_API_VERSION_1_2;
  const bool is_13 = p->api >= VK_API_VERSION_1_3;
  feature_chain c = {
      .head = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2},
      .storage16 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES},
      .storage8 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_8BIT_STORAGE_FEATURES},
      .float16 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES},
      .dot = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES},
      .model = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_MEMORY_MODEL_FEATURES},
      .matrix = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_NV},
  };
  lm__vk_link(&c.head, &c.storage16);
  if (is_12 || lm__vk_has_extension(have, VK_KHR_8BIT_STORAGE_EXTENSION_NAME)) {
    lm__vk_link(&c.head, &c.storage8);
  }
  if (is_12 || lm__vk_has_extension(have, VK_KHR_SHADER_FLOAT16_INT8_EXTENSION_NAME)) {
    lm__vk_link(&c.head, &c.float16);
  }
  if (is_12 || lm__vk_has_extension(have, VK_KHR_VULKAN_MEMORY_MODEL_EXTENSION_NAME)) {
    lm__vk_link(&c.head, &c.model);
  }
  if (is_13 || lm__vk_has_extension(have, VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME)) {
    lm__vk_link(&c.head, &c.dot);
  }
  if (lm__vk_has_extension(have, VK_NV_COOPERATIVE_MATRIX_EXTENSION_NAME)) {
    lm__vk_link(&c.head, &c.matrix);
  }
  instance->vk.vkGetPhysicalDeviceFeatures2(p->handle, &c.head);
  p->features = (lm__vk_features){
      .storage16 = c.storage16.storageBuffer16BitAccess,
      .storage8 = c.storage8.storageBuffer8BitAccess,
      .float16 = c.float16.shaderFloat16,
      .int8 = c.float16.shaderInt8,
      .integer_dot = c.dot.shaderIntegerDotProduct,
      .memory_model = c.model.vulkanMemoryModel,
      .feedback =
          is_13 || lm__vk_has_extension(have, VK_EXT_PIPELINE_CREATION_FEEDBACK_EXTENSION_NAME),
      .portability = lm__vk_has_extension(have, "VK_KHR_portability_subset"),
  };
  p->features.matrix_nv = c.matrix.cooperativeMatrix && p->features.float16 &&
                          p->features.storage16 && lm__vk_matrix_fits(instance, p->handle);
}

// Opens the device with one queue.
static lm_status create_device(const lm__vk_instance* instance, const lm__vk_physical* physical,
                               const VkPhysicalDeviceFeatures2* features, uint32_t name_count,
                               const char* const* names, VkDevice* out_device, lm_error* err) {
  static const float kPriority = 1.0f;
  const VkDeviceQueueCreateInfo queue = {
      .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
      .queueFamilyIndex = physical->queue_family,
      .queueCount = 1,
      .pQueuePriorities = &kPriority,
  };
  const VkDeviceCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
      .pNext = features,
      .queueCreateInfoCount = 1,
      .pQueueCreateInfos = &queue,
      .enabledExtensionCount = name_count,
      .ppEnabledExtensionNames = names,
  };
  const VkResult result = instance->vk.vkCreateDevice(physical->handle, &info, NULL, out_device);
  if (result == VK_SUCCESS) return LM_OK;
  *out_device = VK_NULL_HANDLE;
  return LM_FAIL(err, lm__vk_result_status(result), "vulkan %s: vkCreateDevice: %s",
                 physical->caps.info.name, lm__vk_result_name(result));
}

lm_status lm__vk_physical_open(const lm__vk_instance* instance, const lm__vk_physical* physical,
                               VkDevice* out_device, lm_error* err) {
  const lm__vk_features* f = &physical->features;
  const bool is_12 = physical->api >= VK_API_VERSION_1_2;
  const bool is_13 = physical->api >= VK_API_VERSION_1_3;
  const char* names[8];
  uint32_t name_count = 0;
  feature_chain c = {
      .head = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2},
      .storage16 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES,
                    .storageBuffer16BitAccess = f->storage16},
      .storage8 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_8BIT_STORAGE_FEATURES,
                   .storageBuffer8BitAccess = f->storage8},
      .float16 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES,
                  .shaderFloat16 = f->float16,
                  .shaderInt8 = f->int8},
      .dot = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES,
              .shaderIntegerDotProduct = f->integer_dot},
      .model = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_MEMORY_MODEL_FEATURES,
                .vulkanMemoryModel = f->memory_model},
      .matrix = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_NV,
                 .cooperativeMatrix = f->matrix_nv},
  };
  const struct {
    bool wanted, is_core;
    const char* extension;
    void* structure;
  } parts[] = {
      {f->storage16, true, NULL, &c.storage16},
      {f->storage8, is_12, VK_KHR_8BIT_STORAGE_EXTENSION_NAME, &c.storage8},
      {f->float16 || f->int8, is_12, VK_KHR_SHADER_FLOAT16_INT8_EXTENSION_NAME, &c.float16},
      {f->memory_model, is_12, VK_KHR_VULKAN_MEMORY_MODEL_EXTENSION_NAME, &c.model},
      {f->integer_dot, is_13, VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME, &c.dot},
      {f->matrix_nv, false, VK_NV_COOPERATIVE_MATRIX_EXTENSION_NAME, &c.matrix},
      {f->feedback, is_13, VK_EXT_PIPELINE_CREATION_FEEDBACK_EXTENSION_NAME, NULL},
      {f->portability, false, "VK_KHR_portability_subset", NULL},
  };
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; ++i) {
    if (!parts[i].wanted) continue;
    if (!parts[i].is_core) names[name_count++] = parts[i].extension;
    if (parts[i].structure != NULL) lm__vk_link(&c.head, parts[i].structure);
  }
  return create_device(instance, physical, &c.head, name_count, names, out_device, err);
}
