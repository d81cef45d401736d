// SPDX-License-Identifier: MIT
#include "base/arena.h"

#include "base/checked.h"

enum { kBlockBytes = 64 * 1024 };

// Header of a block; the payload begins LM_ALIGNMENT behind it.
struct lm__arena_block {
  struct lm__arena_block* next;
  struct lm__arena_block* previous;
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

static struct lm__arena_block* make_block(lm__arena* arena, size_t payload) {
  size_t total;
  // The tail may be read past, as behind every tensor (LM_TAIL_BYTES).
  if (!lm__checked_add(payload, LM_ALIGNMENT + LM_TAIL_BYTES, &total)) return NULL;
  struct lm__arena_block* block = lm_alloc(arena->allocator, total);
  if (block != NULL) block->size = payload;
  return block;
}

void* lm__arena_alloc(lm__arena* arena, size_t size) {
  size_t rounded;
  if (!lm__checked_align(size == 0 ? 1 : size, LM_ALIGNMENT, &rounded)) return NULL;
  struct lm__arena_block* block = arena->blocks;
  if (block == NULL || block->size - block->used < rounded) {
    block = make_block(arena, rounded > kBlockBytes ? rounded : kBlockBytes);
    if (block == NULL) return NULL;
    block->next = arena->blocks;
    if (block->next != NULL) block->next->previous = block;
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

void* lm__arena_alloc_alone(lm__arena* arena, size_t size) {
  size_t rounded;
  if (!lm__checked_align(size == 0 ? 1 : size, LM_ALIGNMENT, &rounded)) return NULL;
  struct lm__arena_block* block = make_block(arena, rounded);
  if (block == NULL) return NULL;
  block->used = rounded;
  arena->used_bytes += rounded;
  // Behind the first, which goes on to serve others.
  struct lm__arena_block* first = arena->blocks;
  block->previous = first;
  block->next = first != NULL ? first->next : NULL;
  if (block->next != NULL) block->next->previous = block;
  *(first != NULL ? &first->next : &arena->blocks) = block;
  return (char*)block + LM_ALIGNMENT;
}

void lm__arena_free_alone(lm__arena* arena, void* memory) {
  struct lm__arena_block* block = (void*)((char*)memory - LM_ALIGNMENT);
  *(block->previous != NULL ? &block->previous->next : &arena->blocks) = block->next;
  if (block->next != NULL) block->next->previous = block->previous;
  arena->used_bytes -= block->used;
  lm_free(arena->allocator, block);
}
