// SPDX-License-Identifier: MIT
#include "litmark/profiler.h"

#include <time.h>

lm_status lm_profiler_init(lm_profiler* profiler, int32_t capacity, lm_allocator allocator,
                           lm_error* err) {
  *profiler = (lm_profiler){.allocator = allocator};
  if (capacity < 0) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "profiler capacity %d is negative", capacity);
  }
  profiler->events = lm_alloc_array(allocator, (size_t)capacity, sizeof *profiler->events);
  if (profiler->events == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "profiler: %d events", capacity);
  }
  profiler->capacity = capacity;
  return LM_OK;
}

void lm_profiler_deinit(lm_profiler* profiler) {
  lm_free(profiler->allocator, profiler->events);
  *profiler = (lm_profiler){.allocator = profiler->allocator};
}

void lm_profiler_reset(lm_profiler* profiler) {
  profiler->count = 0;
  profiler->dropped = 0;
}

void lm_profiler_record(lm_profiler* profiler, lm_event_kind kind, int32_t node_index,
                        const char* name, uint64_t begin_ns, uint64_t end_ns) {
  if (profiler == NULL) return;
  if (profiler->count >= profiler->capacity) {
    ++profiler->dropped;
    return;
  }
  profiler->events[profiler->count++] = (lm_event){
      .kind = kind, .node_index = node_index, .name = name, .begin_ns = begin_ns, .end_ns = end_ns};
}

uint64_t lm_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
