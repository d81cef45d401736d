// SPDX-License-Identifier: MIT
//
// Optional features of a device: asking for them, switching them on.
#ifndef LITMARK_VK_FEATURES_H_
#define LITMARK_VK_FEATURES_H_

#include "vk_physical.h"

/// What a device extends Vulkan by. OWNED `all`: free with lm_free().
typedef struct lm__vk_extensions {
  VkExtensionProperties* all;
  uint32_t count;
} lm__vk_extensions;

lm_status lm__vk_extensions_list(const lm__vk_instance* instance, VkPhysicalDevice device,
                                 lm_allocator allocator, lm__vk_extensions* out, lm_error* err);
bool lm__vk_has_extension(const lm__vk_extensions* have, const char* name);

/// Puts a structure behind the first of a chain.
void lm__vk_link(void* chain_head, void* structure);

/// Fills `features`; `api` and `handle` are there.
void lm__vk_features_read(const lm__vk_instance* instance, lm__vk_physical* p,
                          const lm__vk_extensions* have);

#endif  // LITMARK_VK_FEATURES_H_
