// SPDX-License-Identifier: MIT
#include "vk_spirv.h"

#include <string.h>

#include "base/hash64.h"
#include "vk_spirv_arrays.inc"

static const lm__vk_spirv kTable[] = {
#define LM_VK_SPIRV(name, upper, lower)                     \
  {#name,                                                   \
   LM_GPU_##upper,                                          \
   {name##_##lower##_spirv, sizeof name##_##lower##_spirv}, \
   {name##_##lower##_spirv_dot, name##_##lower##_spirv_dot_bytes}},
#include "vk_spirv_list.inc"
#undef LM_VK_SPIRV
};

enum { HEADER_WORDS = 5, OP_CAPABILITY = 17, OP_DECORATE = 71, DECORATION_BINDING = 33 };

const lm__vk_spirv* lm__vk_spirv_at(int32_t index) {
  const int32_t count = (int32_t)(sizeof kTable / sizeof kTable[0]);
  return index >= 0 && index < count ? &kTable[index] : NULL;
}

const lm__vk_spirv* lm__vk_spirv_find(const char* name, lm__gpu_type type) {
  for (size_t i = 0; i < sizeof kTable / sizeof kTable[0]; ++i) {
    if (kTable[i].type == type && strcmp(kTable[i].name, name) == 0) return &kTable[i];
  }
  return NULL;
}

// Capabilities by their numbers in the SPIR-V specification.
static bool has_capability(const lm__vk_features* f, uint32_t capability) {
  switch (capability) {
    case 0:  // Matrix
    case 1:  // Shader
      return true;
    case 9:  // Float16
      return f->float16;
    case 39:  // Int8
      return f->int8;
    case 4433:  // StorageBuffer16BitAccess
      return f->storage16;
    case 4448:  // StorageBuffer8BitAccess
      return f->storage8;
    case 5345:  // VulkanMemoryModel
      return f->memory_model;
    case 5357:  // CooperativeMatrixNV
      return f->matrix_nv;
    case 6018:  // DotProductInput4x8BitPacked
    case 6019:  // DotProduct
      return f->integer_dot;
    default:
      return false;
  }
}

// Capabilities stand first in a module.
static bool fits(lm__vk_words code, const lm__vk_features* features) {
  const size_t count = code.bytes / sizeof(uint32_t);
  for (size_t i = HEADER_WORDS; i + 1 < count; i += 2) {
    if ((code.words[i] & 0xffff) != OP_CAPABILITY) break;
    if (!has_capability(features, code.words[i + 1])) return false;
  }
  return code.bytes > 0;
}

lm__vk_words lm__vk_spirv_choose(const lm__vk_spirv* spirv, const lm__vk_features* features) {
  if (fits(spirv->dot, features)) return spirv->dot;
  if (fits(spirv->plain, features)) return spirv->plain;
  return (lm__vk_words){0};
}

int32_t lm__vk_spirv_buffers(lm__vk_words code) {
  const size_t count = code.bytes / sizeof(uint32_t);
  uint32_t buffers = 0;
  for (size_t i = HEADER_WORDS; i < count;) {
    const uint32_t length = code.words[i] >> 16;
    if (length == 0 || length > count - i) break;
    if ((code.words[i] & 0xffff) == OP_DECORATE && length == 4 &&
        code.words[i + 2] == DECORATION_BINDING && code.words[i + 3] >= buffers) {
      buffers = code.words[i + 3] + 1;
    }
    i += length;
  }
  return (int32_t)buffers;
}

uint64_t lm__vk_spirv_table_hash(uint64_t seed) {
  for (size_t i = 0; i < sizeof kTable / sizeof kTable[0]; ++i) {
    seed = lm__hash64(kTable[i].plain.words, kTable[i].plain.bytes, seed);
    seed = lm__hash64(kTable[i].dot.words, kTable[i].dot.bytes, seed);
  }
  return seed;
}
