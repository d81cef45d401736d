// SPDX-License-Identifier: MIT
//
// The shaders of this build, compiled at build time: one for each line of gpu_kernel_list.inc and
// vk_shader_list.inc and each element type named there.
#ifndef LITMARK_VK_SPIRV_H_
#define LITMARK_VK_SPIRV_H_

#include "vk_physical.h"

/// SPIR-V. Zero words: there is none.
typedef struct lm__vk_words {
  const uint32_t* words;
  size_t bytes;
} lm__vk_words;

typedef struct lm__vk_spirv {
  const char* name;
  lm__gpu_type type;
  lm__vk_words plain;
  lm__vk_words dot;  ///< with integer dot products; none where the kernel has no use for them
} lm__vk_spirv;

/// Shader number `index`; NULL past the last.
const lm__vk_spirv* lm__vk_spirv_at(int32_t index);

/// The shader of that name and type; NULL: there is none.
const lm__vk_spirv* lm__vk_spirv_find(const char* name, lm__gpu_type type);

/// The words that a device with these features can take; none: it cannot.
lm__vk_words lm__vk_spirv_choose(const lm__vk_spirv* spirv, const lm__vk_features* features);

/// Number of storage buffers: highest binding plus one.
int32_t lm__vk_spirv_buffers(lm__vk_words code);

/// Hash of all shaders of the build, chained to `seed`.
uint64_t lm__vk_spirv_table_hash(uint64_t seed);

#endif  // LITMARK_VK_SPIRV_H_
