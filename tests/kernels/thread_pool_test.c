// SPDX-License-Identifier: MIT
//
// The thread pool: each task runs once, nothing is lost between jobs, sleeping workers wake up.
#include "thread_pool.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TASKS 1000

typedef struct job {
  int ran[TASKS];  // written by the thread that owns the task, read by the caller afterwards
  atomic_int bad_thread;
  int32_t threads;
} job;

static int failures;

static void fail(const char* what, int32_t threads, int32_t count) {
  fprintf(stderr, "thread_pool: %s with %d threads and %d tasks\n", what, threads, count);
  ++failures;
}

static void run_range(void* context, int32_t thread, int32_t begin, int32_t end) {
  job* j = context;
  if (thread < 0 || thread >= j->threads) atomic_store(&j->bad_thread, 1);
  for (int32_t i = begin; i < end; ++i) ++j->ran[i];
}

static void check_job(lm__thread_pool* pool, int32_t count) {
  static job j;
  memset(j.ran, 0, sizeof j.ran);
  atomic_store(&j.bad_thread, 0);
  j.threads = lm__thread_pool_threads(pool);
  lm__thread_pool_run(pool, count, run_range, &j);
  for (int32_t i = 0; i < TASKS; ++i) {
    if (j.ran[i] != (i < count)) {
      fail("a task did not run exactly once", j.threads, count);
      break;
    }
  }
  if (atomic_load(&j.bad_thread) != 0) fail("a thread number is out of range", j.threads, count);
}

static void sleep_ms(long ms) {
  const struct timespec t = {0, ms * 1000000};
  nanosleep(&t, NULL);
}

int main(void) {
  static const int32_t thread_counts[] = {1, 2, 3, 8};
  static const int32_t task_counts[] = {0, 1, 2, 3, 7, 8, 9, 100, TASKS};
  lm_error err = LM_ERROR_INIT;
  for (size_t t = 0; t < sizeof thread_counts / sizeof thread_counts[0]; ++t) {
    lm__thread_pool* pool;
    if (lm__thread_pool_create(thread_counts[t], lm_allocator_default(), &pool, &err) != LM_OK) {
      fprintf(stderr, "thread_pool: %s\n", err.message);
      return 1;
    }
    for (int repeat = 0; repeat < 300; ++repeat) {
      for (size_t c = 0; c < sizeof task_counts / sizeof task_counts[0]; ++c) {
        check_job(pool, task_counts[c]);
      }
    }
    for (int repeat = 0; repeat < 10; ++repeat) {
      sleep_ms(3);  // longer than workers spin
      check_job(pool, TASKS);
    }
    if (t % 2 == 0) sleep_ms(3);  // workers are stopped awake and asleep
    lm__thread_pool_destroy(pool);
  }
  lm__thread_pool_destroy(NULL);
  if (lm__processor_count() < 1) fail("no processor", 0, 0);
  printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
