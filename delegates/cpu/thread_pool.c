// SPDX-License-Identifier: MIT
//
// One generation counter starts a job, one counter a worker reports it done. A network of 60 layers
// at 1 ms gives a layer 15 us, so workers spin for a while between jobs before they sleep.
#include "thread_pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// About 50 us: a pause takes 10 to 40 ns.
#define SPIN_COUNT 2000

// Counters that different threads write keep 128 bytes apart: a cache line, and the neighbour that
// processors fetch along with it.
typedef struct worker {
  _Alignas(LM_ALIGNMENT) atomic_uint done;  // generation that this worker finished last
  struct lm__thread_pool* pool;
  pthread_t thread;
  int32_t index;
  char padding[128 - 64];
} worker;

struct lm__thread_pool {
  lm_allocator allocator;
  int32_t threads;
  int32_t started;  // workers that run
  int spin_count;
  worker* workers;  // [threads - 1]

  // The job, written before `generation` is raised.
  lm__thread_pool_fn fn;
  void* context;
  int32_t count;
  bool stop;

  _Alignas(LM_ALIGNMENT) atomic_uint generation;
  char padding[128 - sizeof(atomic_uint)];
  atomic_int sleepers;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
};

static inline void relax(void) {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

int32_t lm__processor_count(void) {
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    const int count = CPU_COUNT(&set);
    if (count > 0) return count;
  }
#endif
  return 1;
}

static void run_share(const struct lm__thread_pool* pool, int32_t thread) {
  const int32_t begin = (int32_t)((int64_t)pool->count * thread / pool->threads);
  const int32_t end = (int32_t)((int64_t)pool->count * (thread + 1) / pool->threads);
  if (begin < end) pool->fn(pool->context, thread, begin, end);
}

// Returns the first generation that is not `seen`.
static unsigned wait_for_job(struct lm__thread_pool* pool, unsigned seen) {
  for (int i = 0; i < pool->spin_count; ++i) {
    const unsigned generation = atomic_load_explicit(&pool->generation, memory_order_acquire);
    if (generation != seen) return generation;
    relax();
  }
  pthread_mutex_lock(&pool->mutex);
  // Sequentially consistent, as is the caller's pair (raise generation, read sleepers): either this
  // thread sees the new generation or the caller sees a sleeper and takes the mutex to wake it.
  atomic_fetch_add(&pool->sleepers, 1);
  unsigned generation;
  while ((generation = atomic_load(&pool->generation)) == seen) {
    pthread_cond_wait(&pool->wake, &pool->mutex);
  }
  atomic_fetch_sub(&pool->sleepers, 1);
  pthread_mutex_unlock(&pool->mutex);
  return generation;
}

static void* worker_main(void* argument) {
  worker* self = argument;
  struct lm__thread_pool* pool = self->pool;
  for (unsigned seen = 0;;) {
    seen = wait_for_job(pool, seen);
    if (pool->stop) return NULL;
    run_share(pool, self->index);
    atomic_store_explicit(&self->done, seen, memory_order_release);
  }
}

// Makes what stands in the job fields visible to every worker.
static unsigned publish(struct lm__thread_pool* pool) {
  const unsigned generation = atomic_fetch_add(&pool->generation, 1) + 1;
  if (atomic_load(&pool->sleepers) > 0) {
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
  }
  return generation;
}

static lm_status start_workers(struct lm__thread_pool* pool, lm_error* err) {
  for (int32_t i = 0; i < pool->threads - 1; ++i) {
    worker* w = &pool->workers[i];
    w->pool = pool;
    w->index = i + 1;
    atomic_init(&w->done, 0);
    const int failure = pthread_create(&w->thread, NULL, worker_main, w);
    if (failure != 0) {
      return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: thread %d of %d does not start: %s",
                     i + 2, pool->threads, strerror(failure));
    }
    ++pool->started;
  }
  return LM_OK;
}

static void release_pool(struct lm__thread_pool* pool) {
  const lm_allocator allocator = pool->allocator;
  lm_free(allocator, pool->workers);
  lm_free(allocator, pool);
}

lm_status lm__thread_pool_create(int32_t threads, lm_allocator allocator,
                                 lm__thread_pool** out_pool, lm_error* err) {
  *out_pool = NULL;
  struct lm__thread_pool* pool = lm_alloc(allocator, sizeof *pool);
  if (pool == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: thread pool");
  pool->allocator = allocator;
  pool->threads = threads;
  // With more threads than processors a spinning one keeps a working one from running.
  pool->spin_count = threads <= lm__processor_count() ? SPIN_COUNT : 0;
  pool->workers = lm_alloc_array(allocator, (size_t)threads, sizeof *pool->workers);
  if (pool->workers == NULL) {
    release_pool(pool);
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: %d threads", threads);
  }
  atomic_init(&pool->generation, 0);
  atomic_init(&pool->sleepers, 0);
  if (pthread_mutex_init(&pool->mutex, NULL) != 0) {
    release_pool(pool);
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: mutex");
  }
  if (pthread_cond_init(&pool->wake, NULL) != 0) {
    pthread_mutex_destroy(&pool->mutex);
    release_pool(pool);
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: condition variable");
  }
  const lm_status status = start_workers(pool, err);
  if (status != LM_OK) {
    lm__thread_pool_destroy(pool);
    return status;
  }
  *out_pool = pool;
  return LM_OK;
}

void lm__thread_pool_destroy(lm__thread_pool* pool) {
  if (pool == NULL) return;
  pool->stop = true;
  publish(pool);
  for (int32_t i = 0; i < pool->started; ++i) pthread_join(pool->workers[i].thread, NULL);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->mutex);
  release_pool(pool);
}

int32_t lm__thread_pool_threads(const lm__thread_pool* pool) { return pool->threads; }

static void wait_until_done(const struct lm__thread_pool* pool, const worker* w,
                            unsigned generation) {
  for (int i = 0; atomic_load_explicit(&w->done, memory_order_acquire) != generation; ++i) {
    if (i < pool->spin_count) {
      relax();
    } else {
      sched_yield();  // the worker has no processor: let it have this one
    }
  }
}

void lm__thread_pool_run(lm__thread_pool* pool, int32_t count, lm__thread_pool_fn fn,
                         void* context) {
  if (count <= 0) return;
  if (count == 1 || pool->threads == 1) {
    fn(context, 0, 0, count);
    return;
  }
  pool->fn = fn;
  pool->context = context;
  pool->count = count;
  const unsigned generation = publish(pool);
  run_share(pool, 0);
  for (int32_t i = 0; i < pool->started; ++i) {
    wait_until_done(pool, &pool->workers[i], generation);
  }
}
