// SPDX-License-Identifier: MIT
#include "litmark/allocator.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

static void* heap_allocate(void* context, size_t size) {
  (void)context;
  size_t rounded;  // aligned_alloc wants a multiple of the alignment
  if (!lm__checked_align(size, LM_ALIGNMENT, &rounded)) return NULL;
  return aligned_alloc(LM_ALIGNMENT, rounded);
}

static void heap_release(void* context, void* pointer) {
  (void)context;
  free(pointer);
}

lm_allocator lm_allocator_default(void) {
  return (lm_allocator){.allocate = heap_allocate, .release = heap_release, .context = NULL};
}

void* lm_alloc(lm_allocator allocator, size_t size) {
  if (size == 0) size = 1;
  void* pointer = allocator.allocate(allocator.context, size);
  if (pointer != NULL) memset(pointer, 0, size);
  return pointer;
}

void* lm_alloc_array(lm_allocator allocator, size_t count, size_t element_size) {
  size_t size;
  if (!lm__checked_mul(count, element_size, &size)) return NULL;
  return lm_alloc(allocator, size);
}

void lm_free(lm_allocator allocator, void* pointer) {
  if (pointer != NULL) allocator.release(allocator.context, pointer);
}
