// SPDX-License-Identifier: MIT
//
// A job is split into one range a thread. A thread claims pieces of its own range, then of the
// others' (work stealing), so that a thread that the system does not run, or that has the slower
// half, holds up nobody. The job is done when all tasks are, whether or not every worker has
// noticed it.
//
// A network of 60 layers at 1 ms gives a layer 15 us, so workers spin for a while between jobs
// before they sleep.
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

// A range packed into one word: generation of the job | next | end, in units of tasks. Claiming is
// one compare-and-swap, which fails for a thread that still is in an earlier job.
typedef uint64_t range;
#define UNITS_MOST 0xffff

static range range_make(uint32_t generation, uint32_t next, uint32_t end) {
  return (uint64_t)generation << 32 | (uint64_t)next << 16 | end;
}
static uint32_t range_generation(range r) { return (uint32_t)(r >> 32); }
static uint32_t range_next(range r) { return (uint32_t)(r >> 16) & UNITS_MOST; }
static uint32_t range_end(range r) { return (uint32_t)r & UNITS_MOST; }

// What different threads write keeps 128 bytes apart: a cache line, and the neighbour that
// processors fetch along with it.
typedef struct slot {
  _Alignas(LM_ALIGNMENT) _Atomic range range;
  struct lm__thread_pool* pool;
  pthread_t thread;
  int32_t index;
  char padding[128 - 64];
} slot;

struct lm__thread_pool {
  lm_allocator allocator;
  int32_t threads;
  int32_t started;  // workers that run: slots 1 to `started`
  int spin_count;
  slot* slots;  // [threads]; 0 is the caller's

  // The job. Written while no thread holds a claim, read only by those that do.
  lm__thread_pool_fn fn;
  void* context;
  int32_t count;
  uint32_t units;

  atomic_bool stop;
  char padding[128];
  atomic_uint generation;
  char padding2[128];
  atomic_uint finished;  // units of this job
  char padding3[128];
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

// Takes half of what is left of its own range, a quarter of another's: few pieces where nobody is
// held up, and something to steal until near the end where somebody is.
static bool claim(slot* from, uint32_t generation, bool own, uint32_t* out_begin,
                  uint32_t* out_end) {
  range r = atomic_load_explicit(&from->range, memory_order_acquire);
  for (;;) {
    const uint32_t next = range_next(r), end = range_end(r);
    if (range_generation(r) != generation || next >= end) return false;
    const uint32_t take = own ? (end - next + 1) / 2 : (end - next + 3) / 4;
    if (atomic_compare_exchange_weak_explicit(&from->range, &r,
                                              range_make(generation, next + take, end),
                                              memory_order_acq_rel, memory_order_acquire)) {
      *out_begin = next;
      *out_end = next + take;
      return true;
    }
  }
}

// Works on the job until nothing is left to claim.
static void work(struct lm__thread_pool* pool, int32_t thread, uint32_t generation) {
  for (int32_t i = 0; i < pool->threads; ++i) {
    slot* from = &pool->slots[(thread + i) % pool->threads];
    uint32_t begin, end;
    while (claim(from, generation, i == 0, &begin, &end)) {
      const int32_t first = (int32_t)((int64_t)pool->count * begin / pool->units);
      const int32_t last = (int32_t)((int64_t)pool->count * end / pool->units);
      pool->fn(pool->context, thread, first, last);
      atomic_fetch_add_explicit(&pool->finished, end - begin, memory_order_acq_rel);
    }
  }
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
  slot* self = argument;
  struct lm__thread_pool* pool = self->pool;
  for (unsigned seen = 0;;) {
    seen = wait_for_job(pool, seen);
    if (atomic_load(&pool->stop)) return NULL;
    work(pool, self->index, seen);
  }
}

// Lets the workers see a new generation.
static void publish(struct lm__thread_pool* pool, unsigned generation) {
  atomic_store(&pool->generation, generation);
  if (atomic_load(&pool->sleepers) > 0) {
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
  }
}

static lm_status start_workers(struct lm__thread_pool* pool, lm_error* err) {
  for (int32_t i = 0; i < pool->threads; ++i) {
    slot* s = &pool->slots[i];
    s->pool = pool;
    s->index = i;
    atomic_init(&s->range, 0);
  }
  for (int32_t i = 1; i < pool->threads; ++i) {
    const int failure = pthread_create(&pool->slots[i].thread, NULL, worker_main, &pool->slots[i]);
    if (failure != 0) {
      return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: thread %d of %d does not start: %s",
                     i + 1, pool->threads, strerror(failure));
    }
    ++pool->started;
  }
  return LM_OK;
}

static void release_pool(struct lm__thread_pool* pool) {
  const lm_allocator allocator = pool->allocator;
  lm_free(allocator, pool->slots);
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
  pool->slots = lm_alloc_array(allocator, (size_t)threads, sizeof *pool->slots);
  if (pool->slots == NULL) {
    release_pool(pool);
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: %d threads", threads);
  }
  atomic_init(&pool->generation, 0);
  atomic_init(&pool->finished, 0);
  atomic_init(&pool->sleepers, 0);
  atomic_init(&pool->stop, false);
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
  atomic_store(&pool->stop, true);
  publish(pool, atomic_load(&pool->generation) + 1);
  for (int32_t i = 1; i <= pool->started; ++i) pthread_join(pool->slots[i].thread, NULL);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->mutex);
  release_pool(pool);
}

int32_t lm__thread_pool_threads(const lm__thread_pool* pool) { return pool->threads; }

static void wait_until_done(struct lm__thread_pool* pool) {
  for (int i = 0; atomic_load_explicit(&pool->finished, memory_order_acquire) != pool->units; ++i) {
    if (i < pool->spin_count) {
      relax();
    } else {
      sched_yield();  // a worker with a claim has no processor: let it have this one
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
  const uint32_t units = (uint32_t)(count < UNITS_MOST ? count : UNITS_MOST);
  const uint32_t threads = (uint32_t)pool->threads;
  pool->fn = fn;
  pool->context = context;
  pool->count = count;
  pool->units = units;
  atomic_store_explicit(&pool->finished, 0, memory_order_relaxed);
  const unsigned generation = atomic_load_explicit(&pool->generation, memory_order_relaxed) + 1;
  for (uint32_t i = 0; i < threads; ++i) {
    atomic_store_explicit(&pool->slots[i].range,
                          range_make(generation, units * i / threads, units * (i + 1) / threads),
                          memory_order_release);
  }
  publish(pool, generation);
  work(pool, 0, generation);
  wait_until_done(pool);
}
