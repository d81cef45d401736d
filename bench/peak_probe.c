// SPDX-License-Identifier: MIT
#include "peak_probe.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "context.h"
#include "cpu_features.h"
#include "litmark/profiler.h"

// Many short bursts rather than few long ones: some fall between the interruptions of a busy
// machine.
enum { BURSTS = 25, THOROUGH_BURSTS = 51, MOST_BURSTS = 51, MOST_THREADS = 256 };
static const double kBurstNs = 4e5;
static const double kThoroughBurstNs = 1e6;
// Clocks take milliseconds to rise under load.
static const double kWarmupNs = 5e6;
// The quick probe as a whole, so that many numbers of threads do not make it long.
static const double kQuickNs = 2e8;

const char* bench_peak_type_name(bench_peak_type type) {
  static const char* const kNames[] = {"float32", "int8", "bfloat16"};
  return kNames[type];
}

const char* bench_peak_level_name(bench_peak_level level) {
  static const char* const kNames[] = {"L1", "L2", "L3", "DRAM"};
  return kNames[level];
}

// ---- bursts

// What one measurement runs: a kernel or a reader.
typedef struct load {
  const bench_peak_kernel* kernel;  // NULL: the reader
  const bench_peak_reader* reader;
  size_t bytes;  // of each thread's buffer
  double work;   // of one turn of one thread
} load;

typedef struct team team;

typedef struct member {
  team* of;
  const void* buffer;
  uint64_t begin_ns, end_ns;
} member;

// Threads that meet before and after every burst. Waiting yields, because there may be more of
// them than processors.
struct team {
  const load* what;
  int count;
  int64_t turns;
  atomic_int burst;  // number of the burst that may run; -1: end
  atomic_int done;
  member members[MOST_THREADS];
};

static void run_turns(const load* what, const void* buffer, int64_t turns) {
  if (what->kernel != NULL) {
    what->kernel->run(turns);
  } else {
    what->reader->run(buffer, what->bytes, turns);
  }
}

static void run_burst(member* m) {
  m->begin_ns = lm_now_ns();
  run_turns(m->of->what, m->buffer, m->of->turns);
  m->end_ns = lm_now_ns();
}

static void* work(void* argument) {
  member* m = argument;
  for (int next = 1;; ++next) {
    int burst;
    while ((burst = atomic_load_explicit(&m->of->burst, memory_order_acquire)) < next) {
      if (burst < 0) return NULL;
      sched_yield();
    }
    run_burst(m);
    atomic_fetch_add_explicit(&m->of->done, 1, memory_order_release);
  }
}

// One burst of the whole team; its length in nanoseconds, from the first to start to the last to
// end.
static double burst_ns(team* t) {
  atomic_store_explicit(&t->done, 0, memory_order_relaxed);
  atomic_fetch_add_explicit(&t->burst, 1, memory_order_release);
  run_burst(&t->members[0]);
  while (atomic_load_explicit(&t->done, memory_order_acquire) < t->count - 1) sched_yield();
  uint64_t begin = t->members[0].begin_ns, end = t->members[0].end_ns;
  for (int i = 1; i < t->count; ++i) {
    if (t->members[i].begin_ns < begin) begin = t->members[i].begin_ns;
    if (t->members[i].end_ns > end) end = t->members[i].end_ns;
  }
  return end > begin ? (double)(end - begin) : 1;
}

static int by_size(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

// Doubles the turns until a burst of this thread alone is long enough.
static int64_t calibrate(const load* what, const void* buffer, double length_ns) {
  const uint64_t start = lm_now_ns();
  for (int64_t turns = 1;;) {
    const uint64_t begin = lm_now_ns();
    run_turns(what, buffer, turns);
    const uint64_t end = lm_now_ns();
    if ((double)(end - begin) < length_ns * 0.7 && turns < INT64_MAX / 4) {
      turns *= 2;
    } else if ((double)(end - start) >= kWarmupNs) {
      return turns;
    }
  }
}

static void measure_bursts(team* t, double length_ns, int bursts, bench_burst_stats* out) {
  double rates[MOST_BURSTS];
  t->turns = calibrate(t->what, t->members[0].buffer, length_ns);
  for (int i = 0; i < 2; ++i) (void)burst_ns(t);  // the other threads start and warm up
  for (int i = 0; i < bursts; ++i) {
    rates[i] = t->what->work * (double)t->turns * (double)t->count / burst_ns(t) * 1e9;
  }
  qsort(rates, (size_t)bursts, sizeof rates[0], by_size);
  *out = (bench_burst_stats){
      .best = rates[bursts - 1], .median = rates[bursts / 2], .worst = rates[0], .count = bursts};
}

// False: not all threads could be started.
static bool measure_load(const load* what, int threads, const char* buffers, double length_ns,
                         int bursts, bench_burst_stats* out) {
  if (threads > MOST_THREADS) return false;
  team* t = calloc(1, sizeof *t);
  pthread_t* handles = calloc((size_t)threads, sizeof *handles);
  int started = 1;
  bool ok = t != NULL && handles != NULL;
  if (ok) {
    *t = (team){.what = what, .count = threads, .turns = 1};
    for (int i = 0; i < threads; ++i) {
      t->members[i] = (member){.of = t, .buffer = buffers + (size_t)i * what->bytes};
    }
    while (started < threads &&
           pthread_create(&handles[started], NULL, work, &t->members[started]) == 0) {
      ++started;
    }
    ok = started == threads;
    if (ok) measure_bursts(t, length_ns, bursts, out);
    atomic_store_explicit(&t->burst, -1, memory_order_release);
    for (int i = 1; i < started; ++i) pthread_join(handles[i], NULL);
  }
  free(t);
  free(handles);
  return ok;
}

// ---- what is measured

typedef struct plan {
  const bench_peak_request* request;
  uint32_t isa;
  int threads[BENCH_PEAK_MAX_THREAD_COUNTS];
  int thread_counts;
  double burst_ns;
  int bursts;
} plan;

static void add_threads(plan* p, int threads, bench_peak* out) {
  for (int i = 0; i < p->thread_counts; ++i) {
    if (p->threads[i] == threads) return;
  }
  if (p->thread_counts == BENCH_PEAK_MAX_THREAD_COUNTS || threads > MOST_THREADS) {
    snprintf(out->message, sizeof out->message, "%d threads: not measured", threads);
    return;
  }
  p->threads[p->thread_counts++] = threads;
}

static bool may_use(const plan* p, uint32_t isa) { return (isa & ~p->isa) == 0; }

// The last of a type that may be used is its best.
static bool is_best(const plan* p, int32_t index) {
  const bench_peak_kernel* kernel = bench_peak_kernel_at(index);
  const bench_peak_kernel* other;
  for (int32_t i = index + 1; (other = bench_peak_kernel_at(i)) != NULL; ++i) {
    if (other->type == kernel->type && may_use(p, other->isa)) return false;
  }
  return true;
}

static void measure_rates(const plan* p, bench_peak* out) {
  const bench_peak_kernel* kernel;
  for (int32_t i = 0; (kernel = bench_peak_kernel_at(i)) != NULL; ++i) {
    if (!may_use(p, kernel->isa) || (!p->request->thorough && !is_best(p, i))) continue;
    const load what = {.kernel = kernel, .work = (double)kernel->macs_per_turn};
    for (int t = 0; t < p->thread_counts && out->rate_count < BENCH_PEAK_MAX_RATES; ++t) {
      bench_peak_rate* rate = &out->rates[out->rate_count];
      *rate = (bench_peak_rate){.kernel = kernel, .threads = p->threads[t]};
      if (measure_load(&what, p->threads[t], NULL, p->burst_ns, p->bursts, &rate->macs)) {
        ++out->rate_count;
      } else {
        snprintf(out->message, sizeof out->message, "%d threads: cannot be started", p->threads[t]);
      }
    }
  }
}

static int64_t cache_bytes(int level, int64_t otherwise) {
  const int64_t bytes = lm_context_cache_bytes(level);
  return bytes > 0 ? bytes : otherwise;
}

// Buffer of one thread at a level: half of the cache, which is a core's own but for L3; beyond it
// four times L3 for all threads together. 0: the level cannot be told from the one below.
static int64_t buffer_bytes(bench_peak_level level, int threads) {
  enum { KIB = 1024, MIB = 1024 * 1024 };
  const int64_t l1 = cache_bytes(1, 32 * KIB);
  const int64_t l2 = cache_bytes(2, 512 * KIB);
  const int64_t l3 = cache_bytes(3, 0);
  const int64_t memory = (int64_t)sysconf(_SC_PHYS_PAGES) * (int64_t)sysconf(_SC_PAGESIZE);
  int64_t bytes = 0;
  if (level == BENCH_PEAK_L1) bytes = l1 / 2;
  if (level == BENCH_PEAK_L2) bytes = l2 / 2;
  if (level == BENCH_PEAK_L3) bytes = l3 / 2 / threads > 3 * l2 / 2 ? l3 / 2 / threads : 0;
  if (level == BENCH_PEAK_DRAM) {
    int64_t all = 4 * (l3 > l2 ? l3 : l2);
    if (all < 64 * (int64_t)MIB) all = 64 * (int64_t)MIB;
    if (all > 512 * (int64_t)MIB) all = 512 * (int64_t)MIB;
    bytes = (all < memory / 4 ? all : memory / 4) / threads;
  }
  return bytes / BENCH_PEAK_BLOCK * BENCH_PEAK_BLOCK;
}

static void measure_level(const plan* p, bench_peak_level level, int threads,
                          const bench_peak_reader* reader, bench_peak* out) {
  const int64_t bytes = buffer_bytes(level, threads);
  if (bytes <= 0 || out->read_count == BENCH_PEAK_MAX_READS) return;
  const size_t size = (size_t)bytes * (size_t)threads;
  char* buffers = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (buffers == MAP_FAILED) {
    snprintf(out->message, sizeof out->message, "%zu bytes for %s: no memory", size,
             bench_peak_level_name(level));
    return;
  }
  // Large pages, where there are any: it is the memory that is asked for, not address translation.
  (void)madvise(buffers, size, MADV_HUGEPAGE);
  memset(buffers, 0x5a, size);  // pages that were never written are all the same page of zeros
  const load what = {.reader = reader, .bytes = (size_t)bytes, .work = (double)bytes};
  bench_peak_read* read = &out->reads[out->read_count];
  *read = (bench_peak_read){
      .level = level, .reader = reader, .buffer_bytes = bytes, .threads = threads};
  if (measure_load(&what, threads, buffers, p->burst_ns, p->bursts, &read->bytes)) {
    ++out->read_count;
  }
  munmap(buffers, size);
}

static void measure_reads(const plan* p, bench_peak* out) {
  const bench_peak_reader *reader = NULL, *candidate;
  for (int32_t i = 0; (candidate = bench_peak_reader_at(i)) != NULL; ++i) {
    if (may_use(p, candidate->isa)) reader = candidate;
  }
  for (int level = 0; level < BENCH_PEAK_LEVEL_COUNT; ++level) {
    for (int t = 0; t < p->thread_counts; ++t) {
      measure_level(p, (bench_peak_level)level, p->threads[t], reader, out);
    }
  }
}

void bench_peak_measure(const bench_peak_request* request, bench_peak* out) {
  *out = (bench_peak){.thorough = request->thorough};
  const uint64_t begin = lm_now_ns();
  plan p = {.request = request,
            .isa = bench_peak_permitted(lm__cpu_features() & request->isa),
            .burst_ns = request->thorough ? kThoroughBurstNs : kBurstNs,
            .bursts = request->thorough ? THOROUGH_BURSTS : BURSTS};
  add_threads(&p, 1, out);
  for (int i = 0; i < request->thread_count; ++i) add_threads(&p, request->threads[i], out);
  const double budget = kQuickNs / BENCH_PEAK_TYPE_COUNT / p.thread_counts - kWarmupNs;
  if (!request->thorough && p.burst_ns > budget / BURSTS) p.burst_ns = budget / BURSTS;
  measure_rates(&p, out);
  if (request->thorough) measure_reads(&p, out);
  out->seconds = 1e-9 * (double)(lm_now_ns() - begin);
}

double bench_peak_macs(const bench_peak* peak, bench_peak_type type, int threads) {
  double best = NAN;
  for (int i = 0; i < peak->rate_count; ++i) {
    const bench_peak_rate* rate = &peak->rates[i];
    if (rate->kernel->type == type && rate->threads == threads) best = fmax(best, rate->macs.best);
  }
  return best;
}
