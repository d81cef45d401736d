// SPDX-License-Identifier: MIT
//
// The driver's compiled pipelines in a file, one for each device, driver version and set of
// shaders.
#ifndef LITMARK_VK_PIPELINE_CACHE_H_
#define LITMARK_VK_PIPELINE_CACHE_H_

#include "litmark/allocator.h"
#include "vk_loader.h"

struct lm__vk_device;

typedef struct lm__vk_pipeline_cache {
  lm_allocator allocator;
  VkPipelineCache handle;
  char* path;       ///< OWNED; NULL: nothing is kept
  char* temporary;  ///< OWNED; where the file is written first
  uint64_t name;    ///< hash of what the file is for
  uint64_t loaded;  ///< hash of what was read; 0: nothing
} lm__vk_pipeline_cache;

/// Hash of device, driver and shaders.
uint64_t lm__vk_identity(const struct lm__vk_device* device);

/// Begins with what the file holds. One that is missing, damaged or of something else is no
/// failure: it is written anew when the cache is closed. `folder` may be NULL.
lm_status lm__vk_pipeline_cache_open(lm__vk_pipeline_cache* cache, struct lm__vk_device* device,
                                     const char* folder, lm_error* err);

/// Destroys the driver's object, after writing the file if `save` and there is something new.
void lm__vk_pipeline_cache_close(lm__vk_pipeline_cache* cache, struct lm__vk_device* device,
                                 bool save);
/// Frees memory of the host.
void lm__vk_pipeline_cache_deinit(lm__vk_pipeline_cache* cache);

#endif  // LITMARK_VK_PIPELINE_CACHE_H_
