// SPDX-License-Identifier: MIT
#include "vk_physical.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "vk_features.h"

enum { MOST_DEVICES = 32, MOST_QUEUE_FAMILIES = 32, LEAST_RANGE_ALIGNMENT = 64 };

// ---- what it is

static lm_device_type device_type(VkPhysicalDeviceType type) {
  switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
      return LM_DEVICE_DISCRETE;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
      return LM_DEVICE_INTEGRATED;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
      return LM_DEVICE_VIRTUAL;
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
      return LM_DEVICE_CPU;
    default:
      return LM_DEVICE_OTHER;
  }
}

// A family with compute. Its first queue serves for copies too: every compute queue can.
static void choose_queue(const lm__vk_instance* instance, lm__vk_physical* p) {
  VkQueueFamilyProperties families[MOST_QUEUE_FAMILIES];
  uint32_t count = MOST_QUEUE_FAMILIES;
  instance->vk.vkGetPhysicalDeviceQueueFamilyProperties(p->handle, &count, families);
  int best = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if ((families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) == 0) continue;
    // A clock counts most; then the graphics queue is preferred, on which drivers put the most
    // work: separate compute families are slices of some devices.
    const int rank = 1 + (families[i].timestampValidBits > 0 ? 2 : 0) +
                     ((families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT) != 0 ? 1 : 0);
    if (rank <= best) continue;
    best = rank;
    p->queue_family = i;
    p->timestamp_bits = families[i].timestampValidBits;
  }
  if (best == 0) p->caps.info.why_not = "it has no queue for compute";
}

static uint32_t compute_units(const lm__vk_instance* instance, const lm__vk_physical* p,
                              const lm__vk_extensions* have) {
  if (p->caps.info.type == LM_DEVICE_CPU) {
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors > 0 ? (uint32_t)processors : 0;
  }
  VkPhysicalDeviceShaderSMBuiltinsPropertiesNV sm = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_SM_BUILTINS_PROPERTIES_NV};
  VkPhysicalDeviceShaderCorePropertiesAMD core = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_CORE_PROPERTIES_AMD};
  VkPhysicalDeviceProperties2 head = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2};
  if (lm__vk_has_extension(have, VK_NV_SHADER_SM_BUILTINS_EXTENSION_NAME)) lm__vk_link(&head, &sm);
  if (lm__vk_has_extension(have, VK_AMD_SHADER_CORE_PROPERTIES_EXTENSION_NAME)) {
    lm__vk_link(&head, &core);
  }
  if (head.pNext == NULL) return 0;
  instance->vk.vkGetPhysicalDeviceProperties2(p->handle, &head);
  if (sm.shaderSMCount > 0) return sm.shaderSMCount;
  return core.shaderEngineCount * core.shaderArraysPerEngineCount * core.computeUnitsPerShaderArray;
}

static void read_properties(const lm__vk_instance* instance, lm__vk_physical* p,
                            const lm__vk_extensions* have) {
  VkPhysicalDeviceMaintenance3Properties limits = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES};
  VkPhysicalDeviceSubgroupProperties subgroup = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES};
  VkPhysicalDeviceDriverProperties driver = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES};
  VkPhysicalDeviceProperties2 head = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2};
  lm__vk_link(&head, &limits);
  lm__vk_link(&head, &subgroup);
  if (p->api >= VK_API_VERSION_1_2 ||
      lm__vk_has_extension(have, VK_KHR_DRIVER_PROPERTIES_EXTENSION_NAME)) {
    lm__vk_link(&head, &driver);
  }
  instance->vk.vkGetPhysicalDeviceProperties2(p->handle, &head);
  p->max_range_bytes = p->properties.limits.maxStorageBufferRange;
  p->max_allocation_bytes = limits.maxMemoryAllocationSize;
  p->caps.subgroup_items = subgroup.subgroupSize > 0 ? subgroup.subgroupSize : 1;

  lm_device_info* info = &p->caps.info;
  const uint32_t version = p->properties.driverVersion;
  snprintf(info->platform, sizeof info->platform, "%.90s", driver.driverName);
  if (driver.driverInfo[0] != '\0') {
    snprintf(info->driver, sizeof info->driver, "%.90s", driver.driverInfo);
  } else {
    snprintf(info->driver, sizeof info->driver, "%u.%u.%u", VK_API_VERSION_MAJOR(version),
             VK_API_VERSION_MINOR(version), VK_API_VERSION_PATCH(version));
  }
}

static void read_memory(const lm__vk_instance* instance, lm__vk_physical* p) {
  instance->vk.vkGetPhysicalDeviceMemoryProperties(p->handle, &p->memory);
  const VkMemoryPropertyFlags both = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT |
                                     VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                                     VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  bool visible = false;
  for (uint32_t i = 0; i < p->memory.memoryTypeCount; ++i) {
    visible |= (p->memory.memoryTypes[i].propertyFlags & both) == both;
  }
  for (uint32_t i = 0; i < p->memory.memoryHeapCount; ++i) {
    const VkMemoryHeap* heap = &p->memory.memoryHeaps[i];
    if ((heap->flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) == 0) continue;
    if (heap->size > p->caps.info.memory_bytes) p->caps.info.memory_bytes = heap->size;
  }
  const lm_device_type type = p->caps.info.type;
  p->caps.shares_memory = visible && (type == LM_DEVICE_CPU || type == LM_DEVICE_INTEGRATED);
}

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

static void fill_caps(lm__vk_physical* p) {
  const VkPhysicalDeviceLimits* limits = &p->properties.limits;
  lm__gpu_caps* caps = &p->caps;
  lm_device_info* info = &caps->info;
  // Buffers grow to multiples of the alignment: so does the largest.
  const uint64_t most = least(p->max_range_bytes, p->max_allocation_bytes);
  caps->max_buffer_bytes = (size_t)(most - most % LEAST_RANGE_ALIGNMENT);
  caps->local_bytes = limits->maxComputeSharedMemorySize;
  const uint64_t alignment = limits->minStorageBufferOffsetAlignment;
  caps->range_alignment =
      alignment > LEAST_RANGE_ALIGNMENT ? (size_t)alignment : LEAST_RANGE_ALIGNMENT;
  caps->max_group_items =
      (uint32_t)least(limits->maxComputeWorkGroupInvocations, limits->maxComputeWorkGroupSize[0]);
  caps->max_groups =
      (uint32_t)least(limits->maxComputeWorkGroupCount[0], limits->maxComputeWorkGroupCount[1]);
  caps->half_storage = p->features.storage16;
  caps->byte_storage = p->features.storage8;
  caps->integer_dot = p->features.integer_dot;
  caps->matrix_f16 = p->features.matrix_nv;
  info->max_buffer_bytes = caps->max_buffer_bytes;
  info->max_group_items = caps->max_group_items;
  info->local_memory_bytes = (uint32_t)caps->local_bytes;
  info->can_fp16 = caps->half_storage;
  info->can_int8 = caps->byte_storage;
  info->can_int_dot = caps->integer_dot;
  info->compute_units = caps->compute_units;
}

static lm_status describe(const lm__vk_instance* instance, VkPhysicalDevice device, int32_t index,
                          lm_allocator allocator, lm__vk_physical* out, lm_error* err) {
  *out = (lm__vk_physical){.handle = device};
  lm_device_info* info = &out->caps.info;
  instance->vk.vkGetPhysicalDeviceProperties(device, &out->properties);
  const uint32_t version = out->properties.apiVersion;
  out->api = version < instance->api ? version : instance->api;
  info->index = index;
  info->type = device_type(out->properties.deviceType);
  snprintf(info->name, sizeof info->name, "%.120s", out->properties.deviceName);
  snprintf(info->api, sizeof info->api, "Vulkan %u.%u.%u", VK_API_VERSION_MAJOR(version),
           VK_API_VERSION_MINOR(version), VK_API_VERSION_PATCH(version));
  read_memory(instance, out);
  choose_queue(instance, out);
  if (out->api < VK_API_VERSION_1_1) {
    info->why_not = "it has Vulkan 1.0, and 1.1 is the least";
    return LM_OK;
  }
  lm__vk_extensions have;
  const lm_status status = lm__vk_extensions_list(instance, device, allocator, &have, err);
  if (status != LM_OK) return status;
  lm__vk_features_read(instance, out, &have);
  read_properties(instance, out, &have);
  out->caps.compute_units = compute_units(instance, out, &have);
  fill_caps(out);
  lm_free(allocator, have.all);
  return LM_OK;
}

// ---- the list

static int rank_of(VkPhysicalDeviceType type) {
  static const VkPhysicalDeviceType kOrder[] = {
      VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU, VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU,
      VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU, VK_PHYSICAL_DEVICE_TYPE_CPU};
  int rank = 0;
  while (rank < 4 && kOrder[rank] != type) ++rank;
  return rank;
}

static lm_status list_devices(const lm__vk_instance* instance,
                              VkPhysicalDevice out_devices[MOST_DEVICES], uint32_t* out_count,
                              lm_error* err) {
  VkPhysicalDevice found[MOST_DEVICES];
  uint32_t count = MOST_DEVICES;
  const VkResult result = instance->vk.vkEnumeratePhysicalDevices(instance->handle, &count, found);
  *out_count = 0;
  if (result != VK_SUCCESS && result != VK_INCOMPLETE) {
    return LM_FAIL(err, lm__vk_result_status(result),
                   "delegate vulkan: vkEnumeratePhysicalDevices: %s", lm__vk_result_name(result));
  }
  if (count == 0) {
    return LM_FAIL(err, LM_UNAVAILABLE,
                   "delegate vulkan: the drivers find no device: install a driver such as "
                   "mesa-vulkan-drivers");
  }
  for (int rank = 0; rank <= 4; ++rank) {
    for (uint32_t i = 0; i < count; ++i) {
      VkPhysicalDeviceProperties properties;
      instance->vk.vkGetPhysicalDeviceProperties(found[i], &properties);
      if (rank_of(properties.deviceType) == rank) out_devices[(*out_count)++] = found[i];
    }
  }
  return LM_OK;
}

lm_status lm__vk_physical_at(const lm__vk_instance* instance, int32_t index, lm_allocator allocator,
                             lm__vk_physical* out_physical, lm_error* err) {
  VkPhysicalDevice devices[MOST_DEVICES];
  uint32_t count = 0;
  *out_physical = (lm__vk_physical){0};
  const lm_status status = list_devices(instance, devices, &count, err);
  if (status != LM_OK) return status;
  if (index < 0 || (uint32_t)index >= count) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT,
                   "delegate vulkan: there is no device %d, there are %u (litmark devices)", index,
                   count);
  }
  return describe(instance, devices[index], index, allocator, out_physical, err);
}

static bool contains(const char* text, const char* part) {
  const size_t length = strlen(part);
  for (; *text != '\0'; ++text) {
    if (strncasecmp(text, part, length) == 0) return true;
  }
  return false;
}

static bool is_index(const char* text) {
  const size_t length = strlen(text);
  return length > 0 && length < 9 && strspn(text, "0123456789") == length;
}

lm_status lm__vk_physical_find(const lm__vk_instance* instance, const char* wanted,
                               lm_allocator allocator, lm__vk_physical* out_physical,
                               lm_error* err) {
  if (wanted != NULL && is_index(wanted)) {
    const lm_status status = lm__vk_physical_at(instance, (int32_t)strtol(wanted, NULL, 10),
                                                allocator, out_physical, err);
    if (status != LM_OK || out_physical->caps.info.why_not == NULL) return status;
    return LM_FAIL(err, LM_UNAVAILABLE, "vulkan %s: %s", out_physical->caps.info.name,
                   out_physical->caps.info.why_not);
  }
  VkPhysicalDevice devices[MOST_DEVICES];
  uint32_t count = 0;
  lm_status status = list_devices(instance, devices, &count, err);
  if (status != LM_OK) return status;
  for (uint32_t i = 0; i < count; ++i) {
    status = describe(instance, devices[i], (int32_t)i, allocator, out_physical, err);
    if (status != LM_OK) return status;
    const lm_device_info* info = &out_physical->caps.info;
    if (info->why_not == NULL && (wanted == NULL || contains(info->name, wanted))) return LM_OK;
  }
  if (wanted == NULL) {
    return LM_FAIL(err, LM_UNAVAILABLE, "vulkan %s: %s", out_physical->caps.info.name,
                   out_physical->caps.info.why_not);
  }
  return LM_FAIL(err, LM_INVALID_ARGUMENT,
                 "delegate vulkan: no device has \"%.60s\" in its name (litmark devices)", wanted);
}
