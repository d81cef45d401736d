// SPDX-License-Identifier: MIT
//
// Kernels: a compute pipeline for each key, layouts by number of buffers.
#include <string.h>

#include "vk_device.h"
#include "vk_spirv.h"

bool lm__vk_has_kernel(const lm__gpu_device* device, const char* name, lm__gpu_type type) {
  const lm__vk_spirv* spirv = lm__vk_spirv_find(name, type);
  return spirv != NULL &&
         lm__vk_spirv_choose(spirv, &lm__vk_const(device)->physical.features).bytes > 0;
}

// ---- layouts

static lm_status need_layout(lm__vk_device* d, int32_t buffers, lm_error* err) {
  lm__vk_layout* layout = &d->layouts[buffers];
  if (layout->pipeline != VK_NULL_HANDLE) return LM_OK;
  VkDescriptorSetLayoutBinding bindings[LM_GPU_MAX_ARGS];
  for (int32_t i = 0; i < buffers; ++i) {
    bindings[i] = (VkDescriptorSetLayoutBinding){
        .binding = (uint32_t)i,
        .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
        .descriptorCount = 1,
        .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
    };
  }
  const VkDescriptorSetLayoutCreateInfo set = {
      .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
      .bindingCount = (uint32_t)buffers,
      .pBindings = bindings,
  };
  VkResult result = d->vk.vkCreateDescriptorSetLayout(d->handle, &set, NULL, &layout->set);
  if (result != VK_SUCCESS) {
    layout->set = VK_NULL_HANDLE;
    return lm__vk_check(d, result, "descriptor set layout", err);
  }
  const VkPushConstantRange constants = {
      .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT, .offset = 0, .size = LM_GPU_MAX_PARAMS};
  const VkPipelineLayoutCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
      .setLayoutCount = 1,
      .pSetLayouts = &layout->set,
      .pushConstantRangeCount = 1,
      .pPushConstantRanges = &constants,
  };
  result = d->vk.vkCreatePipelineLayout(d->handle, &info, NULL, &layout->pipeline);
  if (result == VK_SUCCESS) return LM_OK;
  layout->pipeline = VK_NULL_HANDLE;
  d->vk.vkDestroyDescriptorSetLayout(d->handle, layout->set, NULL);
  layout->set = VK_NULL_HANDLE;
  return lm__vk_check(d, result, "pipeline layout", err);
}

// ---- pipelines

static lm_status check_key(const lm__vk_device* d, const lm__gpu_kernel_key* key, lm_error* err) {
  const VkPhysicalDeviceLimits* limits = &d->physical.properties.limits;
  uint64_t items = 1;
  bool fits = key->constant_count >= 0 && key->constant_count <= LM_GPU_MAX_CONSTANTS;
  for (int i = 0; i < 3; ++i) {
    fits = fits && key->group[i] > 0 && key->group[i] <= limits->maxComputeWorkGroupSize[i];
    items *= key->group[i];
  }
  if (fits && items <= limits->maxComputeWorkGroupInvocations) return LM_OK;
  return LM_FAIL(err, LM_UNSUPPORTED,
                 "vulkan %s: kernel %s: a work-group of %u x %u x %u, the most is %u items",
                 lm__vk_name(d), key->name, key->group[0], key->group[1], key->group[2],
                 limits->maxComputeWorkGroupInvocations);
}

// Compiles; `*out_hit` tells whether the driver found the pipeline in the cache.
static VkResult create_pipeline(lm__vk_device* d, const lm__gpu_kernel_key* key,
                                VkShaderModule module, VkPipelineLayout layout,
                                VkPipeline* out_pipeline, bool* out_hit) {
  VkSpecializationMapEntry entries[LM_GPU_FIRST_CONSTANT + LM_GPU_MAX_CONSTANTS];
  uint32_t values[LM_GPU_FIRST_CONSTANT + LM_GPU_MAX_CONSTANTS];
  const uint32_t count = LM_GPU_FIRST_CONSTANT + (uint32_t)key->constant_count;
  for (uint32_t i = 0; i < count; ++i) {
    entries[i] = (VkSpecializationMapEntry){
        .constantID = i, .offset = i * (uint32_t)sizeof *values, .size = sizeof *values};
    values[i] = i < LM_GPU_FIRST_CONSTANT ? key->group[i]
                                          : (uint32_t)key->constants[i - LM_GPU_FIRST_CONSTANT];
  }
  const VkSpecializationInfo constants = {
      .mapEntryCount = count,
      .pMapEntries = entries,
      .dataSize = count * sizeof *values,
      .pData = values,
  };
  VkPipelineCreationFeedback whole = {0};
  VkPipelineCreationFeedback stage = {0};
  const VkPipelineCreationFeedbackCreateInfo feedback = {
      .sType = VK_STRUCTURE_TYPE_PIPELINE_CREATION_FEEDBACK_CREATE_INFO,
      .pPipelineCreationFeedback = &whole,
      .pipelineStageCreationFeedbackCount = 1,
      .pPipelineStageCreationFeedbacks = &stage,
  };
  const VkComputePipelineCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
      .pNext = d->physical.features.feedback ? &feedback : NULL,
      .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                .module = module,
                .pName = "main",
                .pSpecializationInfo = &constants},
      .layout = layout,
      .basePipelineIndex = -1,
  };
  const VkResult result =
      d->vk.vkCreateComputePipelines(d->handle, d->cache.handle, 1, &info, NULL, out_pipeline);
  if (result != VK_SUCCESS) *out_pipeline = VK_NULL_HANDLE;
  const VkPipelineCreationFeedbackFlags hit =
      VK_PIPELINE_CREATION_FEEDBACK_VALID_BIT |
      VK_PIPELINE_CREATION_FEEDBACK_APPLICATION_PIPELINE_CACHE_HIT_BIT;
  *out_hit = (whole.flags & hit) == hit;
  return result;
}

static lm_status compile(lm__vk_device* d, lm__gpu_kernel* kernel, lm__vk_words code,
                         lm_error* err) {
  lm_status status = need_layout(d, kernel->buffer_count, err);
  if (status != LM_OK) return status;
  const uint64_t begin = lm_now_ns();
  const VkShaderModuleCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
      .codeSize = code.bytes,
      .pCode = code.words,
  };
  VkShaderModule module = VK_NULL_HANDLE;
  VkResult result = d->vk.vkCreateShaderModule(d->handle, &info, NULL, &module);
  bool hit = false;
  if (result == VK_SUCCESS) {
    result = create_pipeline(d, &kernel->key, module, d->layouts[kernel->buffer_count].pipeline,
                             &kernel->pipeline, &hit);
    d->vk.vkDestroyShaderModule(d->handle, module, NULL);
  }
  d->compile_ns += lm_now_ns() - begin;
  if (result == VK_SUCCESS) {
    if (hit) ++d->cached;
    if (!hit) ++d->compiled;
    return LM_OK;
  }
  status = lm__vk_result_status(result);
  if (status == LM_OUT_OF_MEMORY || status == LM_UNAVAILABLE) {
    return lm__vk_check(d, result, kernel->key.name, err);
  }
  return LM_FAIL(err, LM_UNSUPPORTED, "vulkan %s: the driver refuses kernel %s: %s", lm__vk_name(d),
                 kernel->key.name, lm__vk_result_name(result));
}

static bool same_key(const lm__gpu_kernel_key* a, const lm__gpu_kernel_key* b) {
  return strcmp(a->name, b->name) == 0 && a->type == b->type &&
         memcmp(a->group, b->group, sizeof a->group) == 0 &&
         a->constant_count == b->constant_count &&
         memcmp(a->constants, b->constants, (size_t)a->constant_count * sizeof *a->constants) == 0;
}

lm_status lm__vk_kernel(lm__gpu_device* device, const lm__gpu_kernel_key* key,
                        const lm__gpu_kernel** out_kernel, lm_error* err) {
  lm__vk_device* d = lm__vk(device);
  *out_kernel = NULL;
  lm_status status = check_key(d, key, err);
  if (status != LM_OK) return status;
  for (const lm__gpu_kernel* k = d->kernels; k != NULL; k = k->next) {
    if (!same_key(&k->key, key)) continue;
    *out_kernel = k;
    return LM_OK;
  }
  const lm__vk_spirv* spirv = lm__vk_spirv_find(key->name, key->type);
  const lm__vk_words code =
      spirv != NULL ? lm__vk_spirv_choose(spirv, &d->physical.features) : (lm__vk_words){0};
  if (code.bytes == 0) {
    return LM_FAIL(err, LM_UNSUPPORTED, "vulkan %s: kernel %s: %s", lm__vk_name(d), key->name,
                   spirv == NULL ? "there is none for this element type"
                                 : "the device lacks a feature that it needs");
  }
  lm__gpu_kernel* kernel = lm_alloc(device->allocator, sizeof *kernel);
  if (kernel == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate vulkan: kernel");
  kernel->key = *key;
  kernel->key.name = spirv->name;
  kernel->buffer_count = lm__vk_spirv_buffers(code);
  status = lm__vk_validated(d, compile(d, kernel, code, err), err);
  if (status != LM_OK) {
    if (kernel->pipeline != VK_NULL_HANDLE) {
      d->vk.vkDestroyPipeline(d->handle, kernel->pipeline, NULL);
    }
    lm_free(device->allocator, kernel);
    return status;
  }
  kernel->next = d->kernels;
  d->kernels = kernel;
  *out_kernel = kernel;
  return LM_OK;
}

void lm__vk_kernels_destroy(lm__vk_device* device) {
  while (device->kernels != NULL) {
    lm__gpu_kernel* kernel = device->kernels;
    device->kernels = kernel->next;
    device->vk.vkDestroyPipeline(device->handle, kernel->pipeline, NULL);
    lm_free(device->base.allocator, kernel);
  }
  for (int i = 0; i <= LM_GPU_MAX_ARGS; ++i) {
    const lm__vk_layout* layout = &device->layouts[i];
    if (layout->pipeline == VK_NULL_HANDLE) continue;
    device->vk.vkDestroyPipelineLayout(device->handle, layout->pipeline, NULL);
    device->vk.vkDestroyDescriptorSetLayout(device->handle, layout->set, NULL);
  }
}
