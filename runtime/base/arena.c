// SPDX-License-Identifier: MIT
#include "base/arena.h"

#include "base/checked.h"

enum { kBlockBytes = 64 * 1024 };

// Header of a block; the payload begins LM_ALIGNMENT behind it.
struct lm__arena_block {
  struct lm__arena_block* next;
  size_t size;  // payload
  size_t used;
};

void lm__arena_init(lm__arena* arena, lm_allocator allocator) {
  *arena = (lm__arena){.allocator = allocator};
}

void lm__arena_deinit(lm__arena* arena) {
  struct lm__arena_block* block = arena->blocks;
  while (block != NULL) {
    struct lm__arena_block* next = block->next;
    lm_free(arena->allocator, block);
    block = next;
  }
  *arena = (lm__arena){.allocator = arena->allocator};
}

void* lm__arena_alloc(lm__arena* arena, size_t size) {
  size_t rounded;
  if (!lm__checked_align(size == 0 ? 1 : size, LM_ALIGNMENT, &rounded)) return NULL;
  struct lm__arena_block* block = arena->blocks;
  if (block == NULL || block->size - block->used < rounded) {
    const size_t payload = rounded > kBlockBytes ? rounded : kBlockBytes;
    size_t total;
    // The tail may be read past, as behind every tensor (LM_TAIL_BYTES).
    if (!lm__checked_add(payload, LM_ALIGNMENT + LM_TAIL_BYTES, &total)) return NULL;
    block = lm_alloc(arena->allocator, total);
    if (block == NULL) return NULL;
    block->size = payload;
    block->next = arena->blocks;
    arena->blocks = block;
  }
  void* result = (char*)block + LM_ALIGNMENT + block->used;
  block->used += rounded;
  arena->used_bytes += rounded;
  return result;
}

void* lm__arena_alloc_array(lm__arena* arena, size_t count, size_t element_size) {
  size_t size;
  if (!lm__checked_mul(count, element_size, &size)) return NULL;
  return lm__arena_alloc(arena, size);
}
