// SPDX-License-Identifier: MIT
#include "counting_allocator.h"

static void* allocate(void* context, size_t size) {
  counting_allocator* counter = context;
  if (++counter->allocations == counter->fail_at) return NULL;
  const lm_allocator heap = lm_allocator_default();
  void* pointer = heap.allocate(heap.context, size);
  if (pointer != NULL) ++counter->live;
  return pointer;
}

static void release(void* context, void* pointer) {
  counting_allocator* counter = context;
  --counter->live;
  const lm_allocator heap = lm_allocator_default();
  heap.release(heap.context, pointer);
}

lm_allocator counting_allocator_make(counting_allocator* counter) {
  return (lm_allocator){.allocate = allocate, .release = release, .context = counter};
}
