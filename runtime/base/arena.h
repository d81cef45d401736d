// SPDX-License-Identifier: MIT
//
// A bump allocator for things that live and die together: a model's bookkeeping, a plan's
// parameters.
#ifndef LITMARK_BASE_ARENA_H_
#define LITMARK_BASE_ARENA_H_

#include "litmark/allocator.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lm__arena {
  lm_allocator allocator;
  struct lm__arena_block* blocks;
  size_t used_bytes;  ///< handed out, alignment included
} lm__arena;

void lm__arena_init(lm__arena* arena, lm_allocator allocator);
void lm__arena_deinit(lm__arena* arena);

/// `size` zeroed bytes, LM_ALIGNMENT aligned; NULL when there is no memory.
void* lm__arena_alloc(lm__arena* arena, size_t size);

/// Zeroed array; NULL also when the product overflows.
void* lm__arena_alloc_array(lm__arena* arena, size_t count, size_t element_size);

/// As lm__arena_alloc(), but may be freed before the rest, by lm__arena_free_alone().
void* lm__arena_alloc_alone(lm__arena* arena, size_t size);
void lm__arena_free_alone(lm__arena* arena, void* memory);

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_BASE_ARENA_H_
