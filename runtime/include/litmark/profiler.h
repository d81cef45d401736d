// SPDX-License-Identifier: MIT
#ifndef LITMARK_PROFILER_H_
#define LITMARK_PROFILER_H_

#include "litmark/allocator.h"
#include "litmark/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum lm_event_kind {
  LM_EVENT_NODE,     ///< one node on its reference kernel
  LM_EVENT_PROGRAM,  ///< one run of a delegate's program, host time
  LM_EVENT_KERNEL,   ///< part of a program: a node or a fused group, on the program's own clock
} lm_event_kind;

typedef struct lm_event {
  lm_event_kind kind;
  int32_t node_index;  ///< the node, or the one under which a program or fused group reports
  const char* name;    ///< static string: op, delegate or kernel variant
  uint64_t begin_ns;   ///< monotonic clock; for device kernels relative to the program's begin
  uint64_t end_ns;
} lm_event;

/// A buffer of events that one invocation fills; recording allocates nothing. Belongs to one thread
/// at a time.
typedef struct lm_profiler {
  lm_event* events;
  int32_t capacity;
  int32_t count;
  int32_t dropped;  ///< events that found no room
  lm_allocator allocator;
} lm_profiler;

/// Initialises storage of the caller with room for `capacity` events.
lm_status lm_profiler_init(lm_profiler* profiler, int32_t capacity, lm_allocator allocator,
                           lm_error* err);
void lm_profiler_deinit(lm_profiler* profiler);

/// Forgets all events.
void lm_profiler_reset(lm_profiler* profiler);

/// Records an event. `profiler` may be NULL: then nothing happens.
void lm_profiler_record(lm_profiler* profiler, lm_event_kind kind, int32_t node_index,
                        const char* name, uint64_t begin_ns, uint64_t end_ns);

/// CLOCK_MONOTONIC in nanoseconds.
uint64_t lm_now_ns(void);

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_PROFILER_H_
