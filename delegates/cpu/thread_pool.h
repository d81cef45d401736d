// SPDX-License-Identifier: MIT
//
// Worker threads that live as long as the delegate. The caller works as thread 0.
#ifndef LITMARK_CPU_THREAD_POOL_H_
#define LITMARK_CPU_THREAD_POOL_H_

#include <stdint.h>

#include "litmark/allocator.h"
#include "litmark/status.h"

/// Belongs to one calling thread at a time.
typedef struct lm__thread_pool lm__thread_pool;

/// Tasks [begin, end) on thread `thread` of [0, threads).
typedef void (*lm__thread_pool_fn)(void* context, int32_t thread, int32_t begin, int32_t end);

/// Processors that this process may use; at least 1.
int32_t lm__processor_count(void);

/// Starts `threads` - 1 workers.
/// @retval LM_OUT_OF_MEMORY  also when the system gives no more threads.
lm_status lm__thread_pool_create(int32_t threads, lm_allocator allocator,
                                 lm__thread_pool** out_pool, lm_error* err);

/// Stops and joins the workers. `pool` may be NULL.
void lm__thread_pool_destroy(lm__thread_pool* pool);

int32_t lm__thread_pool_threads(const lm__thread_pool* pool);

/// Runs `count` tasks, in contiguous pieces that threads claim, and returns when all are done. `fn`
/// may run several times on a thread, never at the same time. Allocates nothing.
void lm__thread_pool_run(lm__thread_pool* pool, int32_t count, lm__thread_pool_fn fn,
                         void* context);

#endif  // LITMARK_CPU_THREAD_POOL_H_
