// SPDX-License-Identifier: MIT
#include "vk_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu_conv.h"

enum { MOST_COMMANDS = 64, MOST_BINDINGS = 8, PUSH_BYTES = 128, MOST_QUERIES = 64 };

typedef enum command_kind { COPY, FILL, DISPATCH, CLOCK } command_kind;

typedef struct command {
  command_kind kind;
  struct object* from;
  struct object* to;  // a descriptor set for DISPATCH, a query pool for CLOCK
  VkBufferCopy region;
  uint8_t push[PUSH_BYTES];
  uint32_t query;
} command;

// Every handle is one of these.
typedef struct object {
  const char* kind;
  struct object* next;
  struct object* parent;  // pool that frees it; memory of a buffer
  size_t bytes;
  uint8_t* data;
  bool signalled;
  VkDescriptorBufferInfo bindings[MOST_BINDINGS];
  struct object* bound;  // descriptor set
  uint8_t push[PUSH_BYTES];
  command commands[MOST_COMMANDS];
  int command_count;
  uint64_t ticks[MOST_QUERIES];
} object;

vk_fake fake;
static object* objects;
static uint64_t ticks;
static PFN_vkDebugUtilsMessengerCallbackEXT listener;
static void* listener_data;

// Handles without object.
static char physical_handles[VK_FAKE_MOST_DEVICES];
static char queue_handle;

static bool fails(void) { return ++fake.calls == fake.fail_at; }

static object* make(const char* kind) {
  object* o = calloc(1, sizeof *o);
  if (o == NULL) abort();
  o->kind = kind;
  o->next = objects;
  objects = o;
  ++fake.live;
  return o;
}

static void release(object* o, const char* kind) {
  if (o == NULL || strcmp(o->kind, kind) != 0) abort();  // a wrong handle is a bug
  object** link = &objects;
  while (*link != o) link = &(*link)->next;
  *link = o->next;
  --fake.live;
  free(o->data);
  free(o);
}

static void release_children(const object* parent) {
  for (object* o = objects; o != NULL;) {
    object* next = o->next;
    if (o->parent == parent && strcmp(o->kind, "Buffer") != 0) release(o, o->kind);
    o = next;
  }
}

void vk_fake_free_leaked(void) {
  while (objects != NULL) release(objects, objects->kind);
}

void vk_fake_reset(void) {
  vk_fake_free_leaked();
  ticks = 0;
  listener = NULL;
  fake = (vk_fake){
      .version = VK_API_VERSION_1_3,
      .device_count = 1,
      .types = {VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU},
      .names = {"Fake GPU"},
      .device_version = VK_API_VERSION_1_3,
      .clock_bits = 64,
      .clock_step = 1000,
      .fail_with = VK_ERROR_OUT_OF_DEVICE_MEMORY,
  };
}

// ---- objects that are only made and destroyed

#define PLAIN_OBJECT(Type)                                                                         \
  static VKAPI_ATTR VkResult VKAPI_CALL fake_vkCreate##Type(                                       \
      VkDevice device, const Vk##Type##CreateInfo* info, const VkAllocationCallbacks* callbacks,   \
      Vk##Type* out) {                                                                             \
    (void)device, (void)info, (void)callbacks;                                                     \
    if (fails()) return fake.fail_with;                                                            \
    *out = (Vk##Type)make(#Type);                                                                  \
    return VK_SUCCESS;                                                                             \
  }                                                                                                \
  static VKAPI_ATTR void VKAPI_CALL fake_vkDestroy##Type(VkDevice device, Vk##Type handle,         \
                                                         const VkAllocationCallbacks* callbacks) { \
    (void)device, (void)callbacks;                                                                 \
    release_children((object*)handle);                                                             \
    release((object*)handle, #Type);                                                               \
  }
PLAIN_OBJECT(Buffer)
PLAIN_OBJECT(CommandPool)
PLAIN_OBJECT(DescriptorPool)
PLAIN_OBJECT(DescriptorSetLayout)
PLAIN_OBJECT(Fence)
PLAIN_OBJECT(PipelineCache)
PLAIN_OBJECT(PipelineLayout)
PLAIN_OBJECT(QueryPool)
PLAIN_OBJECT(ShaderModule)

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkCreateComputePipelines(
    VkDevice device, VkPipelineCache cache, uint32_t count, const VkComputePipelineCreateInfo* info,
    const VkAllocationCallbacks* callbacks, VkPipeline* out) {
  (void)device, (void)cache, (void)count, (void)info, (void)callbacks;
  if (fails()) return fake.fail_with;
  *out = (VkPipeline)make("Pipeline");
  return VK_SUCCESS;
}

static VKAPI_ATTR void VKAPI_CALL fake_vkDestroyPipeline(VkDevice device, VkPipeline pipeline,
                                                         const VkAllocationCallbacks* callbacks) {
  (void)device, (void)callbacks;
  release((object*)pipeline, "Pipeline");
}

static VKAPI_ATTR VkResult VKAPI_CALL create_cache(VkDevice device,
                                                   const VkPipelineCacheCreateInfo* info,
                                                   const VkAllocationCallbacks* callbacks,
                                                   VkPipelineCache* out) {
  fake.cache_loaded = info->initialDataSize;
  return fake_vkCreatePipelineCache(device, info, callbacks, out);
}

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkGetPipelineCacheData(VkDevice device,
                                                                  VkPipelineCache cache,
                                                                  size_t* bytes, void* data) {
  (void)device, (void)cache;
  if (fails()) return fake.fail_with;
  if (data != NULL) memcpy(data, fake.cache_data, fake.cache_bytes);
  *bytes = fake.cache_bytes;
  return VK_SUCCESS;
}

// ---- instance and devices

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkEnumerateInstanceVersion(uint32_t* version) {
  *version = fake.version;
  return VK_SUCCESS;
}

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkEnumerateInstanceExtensionProperties(
    const char* layer, uint32_t* count, VkExtensionProperties* properties) {
  (void)layer, (void)properties;
  *count = 0;
  return VK_SUCCESS;
}

static VKAPI_ATTR VkResult VKAPI_CALL
fake_vkEnumerateInstanceLayerProperties(uint32_t* count, VkLayerProperties* properties) {
  *count = 0;
  if (fake.complaint == NULL) return VK_SUCCESS;
  memset(properties, 0, sizeof *properties);
  snprintf(properties->layerName, sizeof properties->layerName, "VK_LAYER_KHRONOS_validation");
  *count = 1;
  return VK_SUCCESS;
}

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkCreateInstance(const VkInstanceCreateInfo* info,
                                                            const VkAllocationCallbacks* callbacks,
                                                            VkInstance* out) {
  (void)info, (void)callbacks;
  if (fails()) return fake.fail_with;
  if (fake.no_instance != VK_SUCCESS) return fake.no_instance;
  *out = (VkInstance)make("Instance");
  return VK_SUCCESS;
}

static VKAPI_ATTR void VKAPI_CALL fake_vkDestroyInstance(VkInstance instance,
                                                         const VkAllocationCallbacks* callbacks) {
  (void)callbacks;
  release((object*)instance, "Instance");
}

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkCreateDebugUtilsMessengerEXT(
    VkInstance instance, const VkDebugUtilsMessengerCreateInfoEXT* info,
    const VkAllocationCallbacks* callbacks, VkDebugUtilsMessengerEXT* out) {
  (void)instance, (void)callbacks;
  if (fails()) return fake.fail_with;
  listener = info->pfnUserCallback;
  listener_data = info->pUserData;
  *out = (VkDebugUtilsMessengerEXT)make("Messenger");
  return VK_SUCCESS;
}

static VKAPI_ATTR void VKAPI_CALL
fake_vkDestroyDebugUtilsMessengerEXT(VkInstance instance, VkDebugUtilsMessengerEXT messenger,
                                     const VkAllocationCallbacks* callbacks) {
  (void)instance, (void)callbacks;
  release((object*)messenger, "Messenger");
}

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkGetPhysicalDeviceCooperativeMatrixPropertiesNV(
    VkPhysicalDevice device, uint32_t* count, VkCooperativeMatrixPropertiesNV* out) {
  (void)device;
  *count = 2;
  for (int i = 0; i < 2; ++i) {
    out[i].MSize = out[i].NSize = out[i].KSize = i == 0 ? 8 : 16;
    out[i].AType = out[i].BType = VK_COMPONENT_TYPE_FLOAT16_NV;
    out[i].CType = out[i].DType = VK_COMPONENT_TYPE_FLOAT32_NV;
    out[i].scope = VK_SCOPE_SUBGROUP_NV;
  }
  return VK_SUCCESS;
}

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkEnumeratePhysicalDevices(VkInstance instance,
                                                                      uint32_t* count,
                                                                      VkPhysicalDevice* out) {
  (void)instance;
  if (fails()) return fake.fail_with;
  *count = fake.device_count;
  for (uint32_t i = 0; i < fake.device_count; ++i) {
    out[i] = (VkPhysicalDevice)(void*)&physical_handles[i];
  }
  return VK_SUCCESS;
}

static VKAPI_ATTR void VKAPI_CALL
fake_vkGetPhysicalDeviceProperties(VkPhysicalDevice device, VkPhysicalDeviceProperties* out) {
  const size_t index = (size_t)((char*)device - physical_handles);
  memset(out, 0, sizeof *out);
  out->apiVersion = fake.device_version;
  out->driverVersion = VK_MAKE_API_VERSION(0, 1, 2, 3);
  out->vendorID = 0x1234;
  out->deviceType = fake.types[index];
  snprintf(out->deviceName, sizeof out->deviceName, "%s", fake.names[index]);
  VkPhysicalDeviceLimits* limits = &out->limits;
  limits->maxStorageBufferRange = 1u << 27;
  limits->maxComputeSharedMemorySize = 32768;
  limits->maxComputeWorkGroupInvocations = 1024;
  limits->timestampPeriod = 2.0f;
  limits->minStorageBufferOffsetAlignment = 256;
  for (int i = 0; i < 3; ++i) {
    limits->maxComputeWorkGroupCount[i] = 65535;
    limits->maxComputeWorkGroupSize[i] = 1024;
  }
}

static VKAPI_ATTR void VKAPI_CALL
fake_vkGetPhysicalDeviceProperties2(VkPhysicalDevice device, VkPhysicalDeviceProperties2* out) {
  fake_vkGetPhysicalDeviceProperties(device, &out->properties);
  for (VkBaseOutStructure* s = out->pNext; s != NULL; s = s->pNext) {
    if (s->sType != VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES) continue;
    ((VkPhysicalDeviceMaintenance3Properties*)(void*)s)->maxMemoryAllocationSize = 1u << 30;
  }
}

static VKAPI_ATTR void VKAPI_CALL
fake_vkGetPhysicalDeviceFeatures2(VkPhysicalDevice device, VkPhysicalDeviceFeatures2* out) {
  (void)device;
  for (VkBaseOutStructure* s = out->pNext; s != NULL; s = s->pNext) {
    if (s->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES) {
      ((VkPhysicalDevice16BitStorageFeatures*)(void*)s)->storageBuffer16BitAccess = VK_TRUE;
    } else if (fake.matrix == 0) {
      continue;
    } else if (s->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES) {
      ((VkPhysicalDeviceShaderFloat16Int8Features*)(void*)s)->shaderFloat16 = VK_TRUE;
    } else if (s->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_MEMORY_MODEL_FEATURES) {
      ((VkPhysicalDeviceVulkanMemoryModelFeatures*)(void*)s)->vulkanMemoryModel = VK_TRUE;
    } else if (s->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_NV) {
      ((VkPhysicalDeviceCooperativeMatrixFeaturesNV*)(void*)s)->cooperativeMatrix = VK_TRUE;
    }
  }
}

static VKAPI_ATTR void VKAPI_CALL fake_vkGetPhysicalDeviceMemoryProperties(
    VkPhysicalDevice device, VkPhysicalDeviceMemoryProperties* out) {
  (void)device;
  const VkMemoryPropertyFlags mapped = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                                       VK_MEMORY_PROPERTY_HOST_COHERENT_BIT |
                                       VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
  memset(out, 0, sizeof *out);
  out->memoryHeapCount = fake.unified ? 1 : 2;
  out->memoryHeaps[0] =
      (VkMemoryHeap){.size = (VkDeviceSize)8 << 30, .flags = VK_MEMORY_HEAP_DEVICE_LOCAL_BIT};
  out->memoryHeaps[1] = (VkMemoryHeap){.size = (VkDeviceSize)16 << 30};
  out->memoryTypeCount = fake.unified ? 1 : 2;
  out->memoryTypes[0].propertyFlags =
      VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | (fake.unified ? mapped : 0);
  out->memoryTypes[1] = (VkMemoryType){.propertyFlags = mapped, .heapIndex = 1};
}

static VKAPI_ATTR void VKAPI_CALL fake_vkGetPhysicalDeviceQueueFamilyProperties(
    VkPhysicalDevice device, uint32_t* count, VkQueueFamilyProperties* out) {
  (void)device;
  *count = 1;
  out[0] = (VkQueueFamilyProperties){
      .queueFlags = fake.no_compute ? VK_QUEUE_GRAPHICS_BIT : VK_QUEUE_COMPUTE_BIT,
      .queueCount = 1,
      .timestampValidBits = fake.clock_bits};
}

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkEnumerateDeviceExtensionProperties(
    VkPhysicalDevice device, const char* layer, uint32_t* count, VkExtensionProperties* out) {
  (void)device, (void)layer;
  if (fails()) return fake.fail_with;
  *count = 1;
  if (out != NULL) {
    *out = (VkExtensionProperties){.specVersion = 1};
    snprintf(out->extensionName, sizeof out->extensionName, "%s",
             fake.matrix != 0 ? "VK_NV_cooperative_matrix" : "VK_FAKE_nothing");
  }
  return VK_SUCCESS;
}

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkCreateDevice(VkPhysicalDevice physical,
                                                          const VkDeviceCreateInfo* info,
                                                          const VkAllocationCallbacks* callbacks,
                                                          VkDevice* out) {
  (void)physical, (void)info, (void)callbacks;
  if (fails()) return fake.fail_with;
  *out = (VkDevice)make("Device");
  return VK_SUCCESS;
}

static VKAPI_ATTR void VKAPI_CALL fake_vkDestroyDevice(VkDevice device,
                                                       const VkAllocationCallbacks* callbacks) {
  (void)callbacks;
  release((object*)device, "Device");
}

static VKAPI_ATTR void VKAPI_CALL fake_vkGetDeviceQueue(VkDevice device, uint32_t family,
                                                        uint32_t index, VkQueue* out) {
  (void)device, (void)family, (void)index;
  *out = (VkQueue)(void*)&queue_handle;
}

// ---- memory

static VKAPI_ATTR VkResult VKAPI_CALL create_buffer(VkDevice device, const VkBufferCreateInfo* info,
                                                    const VkAllocationCallbacks* callbacks,
                                                    VkBuffer* out) {
  const VkResult result = fake_vkCreateBuffer(device, info, callbacks, out);
  if (result == VK_SUCCESS) ((object*)*out)->bytes = info->size;
  return result;
}

static VKAPI_ATTR void VKAPI_CALL fake_vkGetBufferMemoryRequirements(VkDevice device,
                                                                     VkBuffer buffer,
                                                                     VkMemoryRequirements* out) {
  (void)device;
  *out = (VkMemoryRequirements){
      .size = ((object*)buffer)->bytes, .alignment = 256, .memoryTypeBits = 3};
}

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkAllocateMemory(VkDevice device,
                                                            const VkMemoryAllocateInfo* info,
                                                            const VkAllocationCallbacks* callbacks,
                                                            VkDeviceMemory* out) {
  (void)device, (void)callbacks;
  if (fails()) return fake.fail_with;
  object* o = make("Memory");
  o->bytes = info->allocationSize;
  o->data = malloc(o->bytes);
  if (o->data == NULL) abort();
  memset(o->data, 0xcc, o->bytes);
  *out = (VkDeviceMemory)o;
  return VK_SUCCESS;
}

static VKAPI_ATTR void VKAPI_CALL fake_vkFreeMemory(VkDevice device, VkDeviceMemory memory,
                                                    const VkAllocationCallbacks* callbacks) {
  (void)device, (void)callbacks;
  release((object*)memory, "Memory");
}

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkBindBufferMemory(VkDevice device, VkBuffer buffer,
                                                              VkDeviceMemory memory,
                                                              VkDeviceSize offset) {
  (void)device, (void)offset;
  if (fails()) return fake.fail_with;
  ((object*)buffer)->parent = (object*)memory;
  return VK_SUCCESS;
}

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkMapMemory(VkDevice device, VkDeviceMemory memory,
                                                       VkDeviceSize offset, VkDeviceSize size,
                                                       VkMemoryMapFlags flags, void** out) {
  (void)device, (void)offset, (void)size, (void)flags;
  if (fails()) return VK_ERROR_MEMORY_MAP_FAILED;
  *out = ((object*)memory)->data;
  return VK_SUCCESS;
}

// ---- descriptors

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkAllocateDescriptorSets(
    VkDevice device, const VkDescriptorSetAllocateInfo* info, VkDescriptorSet* out) {
  (void)device;
  if (fails()) return VK_ERROR_OUT_OF_POOL_MEMORY;
  object* o = make("DescriptorSet");
  o->parent = (object*)info->descriptorPool;
  *out = (VkDescriptorSet)o;
  return VK_SUCCESS;
}

static VKAPI_ATTR void VKAPI_CALL fake_vkUpdateDescriptorSets(VkDevice device, uint32_t count,
                                                              const VkWriteDescriptorSet* writes,
                                                              uint32_t copy_count,
                                                              const VkCopyDescriptorSet* copies) {
  (void)device, (void)copy_count, (void)copies;
  for (uint32_t i = 0; i < count; ++i) {
    ((object*)writes[i].dstSet)->bindings[writes[i].dstBinding] = *writes[i].pBufferInfo;
  }
}

// ---- commands

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkAllocateCommandBuffers(
    VkDevice device, const VkCommandBufferAllocateInfo* info, VkCommandBuffer* out) {
  (void)device;
  if (fails()) return fake.fail_with;
  object* o = make("CommandBuffer");
  o->parent = (object*)info->commandPool;
  *out = (VkCommandBuffer)o;
  return VK_SUCCESS;
}

static VKAPI_ATTR void VKAPI_CALL fake_vkFreeCommandBuffers(VkDevice device, VkCommandPool pool,
                                                            uint32_t count,
                                                            const VkCommandBuffer* buffers) {
  (void)device, (void)pool;
  for (uint32_t i = 0; i < count; ++i) release((object*)buffers[i], "CommandBuffer");
}

static VKAPI_ATTR VkResult VKAPI_CALL
fake_vkBeginCommandBuffer(VkCommandBuffer commands, const VkCommandBufferBeginInfo* info) {
  (void)info;
  if (fails()) return fake.fail_with;
  ((object*)commands)->command_count = 0;
  return VK_SUCCESS;
}

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkEndCommandBuffer(VkCommandBuffer commands) {
  (void)commands;
  return fails() ? fake.fail_with : VK_SUCCESS;
}

static command* add_command(VkCommandBuffer commands, command_kind kind) {
  object* o = (object*)commands;
  if (o->command_count == MOST_COMMANDS) abort();
  command* c = &o->commands[o->command_count++];
  *c = (command){.kind = kind};
  return c;
}

static VKAPI_ATTR void VKAPI_CALL fake_vkCmdCopyBuffer(VkCommandBuffer commands, VkBuffer from,
                                                       VkBuffer to, uint32_t count,
                                                       const VkBufferCopy* regions) {
  (void)count;
  command* c = add_command(commands, COPY);
  c->from = (object*)from;
  c->to = (object*)to;
  c->region = *regions;
}

static VKAPI_ATTR void VKAPI_CALL fake_vkCmdFillBuffer(VkCommandBuffer commands, VkBuffer to,
                                                       VkDeviceSize offset, VkDeviceSize size,
                                                       uint32_t data) {
  (void)offset, (void)size, (void)data;
  add_command(commands, FILL)->to = (object*)to;
}

static VKAPI_ATTR void VKAPI_CALL fake_vkCmdBindPipeline(VkCommandBuffer commands,
                                                         VkPipelineBindPoint point,
                                                         VkPipeline pipeline) {
  (void)commands, (void)point, (void)pipeline;
}

static VKAPI_ATTR void VKAPI_CALL fake_vkCmdBindDescriptorSets(
    VkCommandBuffer commands, VkPipelineBindPoint point, VkPipelineLayout layout, uint32_t first,
    uint32_t count, const VkDescriptorSet* sets, uint32_t offset_count, const uint32_t* offsets) {
  (void)point, (void)layout, (void)first, (void)count, (void)offset_count, (void)offsets;
  ((object*)commands)->bound = (object*)sets[0];
}

static VKAPI_ATTR void VKAPI_CALL fake_vkCmdPushConstants(VkCommandBuffer commands,
                                                          VkPipelineLayout layout,
                                                          VkShaderStageFlags stages,
                                                          uint32_t offset, uint32_t bytes,
                                                          const void* data) {
  (void)layout, (void)stages;
  memcpy(((object*)commands)->push + offset, data, bytes);
}

static VKAPI_ATTR void VKAPI_CALL fake_vkCmdDispatch(VkCommandBuffer commands, uint32_t x,
                                                     uint32_t y, uint32_t z) {
  (void)x, (void)y, (void)z;
  command* c = add_command(commands, DISPATCH);
  c->to = ((object*)commands)->bound;
  memcpy(c->push, ((object*)commands)->push, PUSH_BYTES);
}

static VKAPI_ATTR void VKAPI_CALL fake_vkCmdPipelineBarrier(
    VkCommandBuffer commands, VkPipelineStageFlags before, VkPipelineStageFlags after,
    VkDependencyFlags flags, uint32_t count, const VkMemoryBarrier* barriers, uint32_t buffer_count,
    const VkBufferMemoryBarrier* buffers, uint32_t image_count,
    const VkImageMemoryBarrier* images) {
  (void)commands, (void)before, (void)after, (void)flags, (void)count, (void)barriers;
  (void)buffer_count, (void)buffers, (void)image_count, (void)images;
  ++fake.barriers;
}

static VKAPI_ATTR void VKAPI_CALL fake_vkCmdResetQueryPool(VkCommandBuffer commands,
                                                           VkQueryPool pool, uint32_t first,
                                                           uint32_t count) {
  (void)commands, (void)pool, (void)first, (void)count;
}

static VKAPI_ATTR void VKAPI_CALL fake_vkCmdWriteTimestamp(VkCommandBuffer commands,
                                                           VkPipelineStageFlagBits stage,
                                                           VkQueryPool pool, uint32_t query) {
  (void)stage;
  command* c = add_command(commands, CLOCK);
  c->to = (object*)pool;
  c->query = query;
}

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkGetQueryPoolResults(VkDevice device, VkQueryPool pool,
                                                                 uint32_t first, uint32_t count,
                                                                 size_t bytes, void* out,
                                                                 VkDeviceSize stride,
                                                                 VkQueryResultFlags flags) {
  (void)device, (void)first, (void)count, (void)stride, (void)flags;
  memcpy(out, ((object*)pool)->ticks, bytes);
  return VK_SUCCESS;
}

// ---- running

static uint8_t* data_of(const object* buffer) { return buffer->parent->data; }

static void run_copy_scaled(const command* c) {
  struct {
    int32_t count;
    float scale, bias;
  } params;
  memcpy(&params, c->push, sizeof params);
  const VkDescriptorBufferInfo* x = &c->to->bindings[0];
  const VkDescriptorBufferInfo* y = &c->to->bindings[1];
  for (int32_t i = 0; i < params.count; ++i) {
    float v;
    memcpy(&v, data_of((object*)x->buffer) + x->offset + sizeof v * (size_t)i, sizeof v);
    v = v * params.scale + params.bias;
    memcpy(data_of((object*)y->buffer) + y->offset + sizeof v * (size_t)i, &v, sizeof v);
  }
}

static uint8_t* bound_data(const command* c, int binding) {
  const VkDescriptorBufferInfo* b = &c->to->bindings[binding];
  return data_of((object*)b->buffer) + b->offset;
}

// conv_matrix for F16: filters are packed by 64 channels.
static void run_conv_matrix(const command* c) {
  lm__gpu_conv_params p;
  memcpy(&p, c->push, sizeof p);
  const uint16_t* x = (const uint16_t*)(void*)bound_data(c, 0);
  const uint16_t* w = (const uint16_t*)(void*)bound_data(c, 1);
  const float* bias = (const float*)(void*)bound_data(c, 2);
  uint16_t* y = (uint16_t*)(void*)bound_data(c, 4);
  for (int32_t row = 0; row < p.rows; ++row) {
    for (int32_t n = 0; n < p.out_c; ++n) {
      float sum = fake.matrix > 0 ? bias[n] : 0.5f;
      for (int32_t k = 0; k < p.in_c; ++k) {
        sum += lm_half_to_float(x[row * p.in_c + k]) *
               lm_half_to_float(w[(n / 64 * p.in_c + k) * 64 + n % 64]);
      }
      y[row * p.out_stride + n] = lm_float_to_half(sum);
    }
  }
}

static void run_command(const command* c) {
  switch (c->kind) {
    case COPY:
      memcpy(data_of(c->to) + c->region.dstOffset, data_of(c->from) + c->region.srcOffset,
             c->region.size);
      break;
    case FILL:
      memset(data_of(c->to), 0, c->to->bytes);
      break;
    case DISPATCH:
      if (c->to->bindings[4].buffer != VK_NULL_HANDLE) {
        run_conv_matrix(c);
      } else {
        run_copy_scaled(c);
      }
      break;
    case CLOCK:
      ticks += fake.clock_step;
      c->to->ticks[c->query] =
          fake.clock_bits >= 64 ? ticks : ticks & ((UINT64_C(1) << fake.clock_bits) - 1);
      break;
  }
}

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkQueueSubmit(VkQueue queue, uint32_t count,
                                                         const VkSubmitInfo* info, VkFence fence) {
  (void)queue, (void)count;
  if (fails()) return fake.fail_with;
  if (fake.lose_on_submit) return VK_ERROR_DEVICE_LOST;
  if (fake.complaint != NULL && listener != NULL) {
    const VkDebugUtilsMessengerCallbackDataEXT data = {.pMessage = fake.complaint};
    listener(VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
             VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT, &data, listener_data);
  }
  const object* o = (const object*)info->pCommandBuffers[0];
  for (int i = 0; i < o->command_count; ++i) run_command(&o->commands[i]);
  ((object*)fence)->signalled = true;
  return VK_SUCCESS;
}

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkResetFences(VkDevice device, uint32_t count,
                                                         const VkFence* fences) {
  (void)device, (void)count;
  if (fails()) return fake.fail_with;
  ((object*)fences[0])->signalled = false;
  return VK_SUCCESS;
}

static VKAPI_ATTR VkResult VKAPI_CALL fake_vkWaitForFences(VkDevice device, uint32_t count,
                                                           const VkFence* fences, VkBool32 all,
                                                           uint64_t timeout) {
  (void)device, (void)count, (void)all, (void)timeout;
  if (fake.lose_on_wait) return VK_ERROR_DEVICE_LOST;
  return ((object*)fences[0])->signalled && !fake.never_answer ? VK_SUCCESS : VK_TIMEOUT;
}

// ---- the table

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL fake_vkGetDeviceProcAddr(VkDevice device,
                                                                         const char* name) {
  (void)device;
  return vk_fake_get_proc(NULL, name);
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vk_fake_get_proc(VkInstance instance, const char* name) {
  (void)instance;
  static const struct {
    const char* name;
    PFN_vkVoidFunction function;
  } kTable[] = {
      // Those that wrap a plain one stand first.
      {"vkCreateBuffer", (PFN_vkVoidFunction)create_buffer},
      {"vkCreatePipelineCache", (PFN_vkVoidFunction)create_cache},
#define LM_VK_GLOBAL(symbol) {#symbol, (PFN_vkVoidFunction)fake_##symbol},
#define LM_VK_INSTANCE(symbol) {#symbol, (PFN_vkVoidFunction)fake_##symbol},
#define LM_VK_INSTANCE_OPTIONAL(symbol) {#symbol, (PFN_vkVoidFunction)fake_##symbol},
#define LM_VK_DEVICE(symbol) {#symbol, (PFN_vkVoidFunction)fake_##symbol},
#include "vk_symbols_list.inc"
  };
  if (fake.missing != NULL && strcmp(fake.missing, name) == 0) return NULL;
  for (size_t i = 0; i < sizeof kTable / sizeof kTable[0]; ++i) {
    if (strcmp(kTable[i].name, name) == 0) return kTable[i].function;
  }
  return NULL;
}
