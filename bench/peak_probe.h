// SPDX-License-Identifier: MIT
//
// What this machine can do at best, measured in the same run as the models: multiply-accumulates a
// second by instruction set and type, and read bandwidth by level of the memory.
#ifndef LITMARK_BENCH_PEAK_PROBE_H_
#define LITMARK_BENCH_PEAK_PROBE_H_

#include <stdbool.h>

#include "json_build.h"
#include "litmark/status.h"
#include "peak_kernels.h"

/// A rate from several short bursts, per second. The best is the peak; the others say how far it
/// can be trusted.
typedef struct bench_burst_stats {
  double best, median, worst;
  int count;
} bench_burst_stats;

typedef struct bench_peak_rate {
  const bench_peak_kernel* kernel;
  int threads;
  bench_burst_stats macs;
} bench_peak_rate;

typedef enum bench_peak_level {
  BENCH_PEAK_L1,
  BENCH_PEAK_L2,
  BENCH_PEAK_L3,
  BENCH_PEAK_DRAM,
  BENCH_PEAK_LEVEL_COUNT,
} bench_peak_level;

typedef struct bench_peak_read {
  bench_peak_level level;
  const bench_peak_reader* reader;
  int64_t buffer_bytes;  ///< of each thread
  int threads;
  bench_burst_stats bytes;
} bench_peak_read;

enum { BENCH_PEAK_MAX_RATES = 64, BENCH_PEAK_MAX_READS = 32, BENCH_PEAK_MAX_THREAD_COUNTS = 6 };

typedef struct bench_peak {
  bool thorough;     ///< every set, and bandwidth
  double seconds;    ///< that it took
  char message[80];  ///< why something is missing; "": nothing is
  bench_peak_rate rates[BENCH_PEAK_MAX_RATES];
  int rate_count;
  bench_peak_read reads[BENCH_PEAK_MAX_READS];
  int read_count;
} bench_peak;

typedef struct bench_peak_request {
  uint32_t isa;        ///< sets that may be used; what the machine lacks is left out
  const int* threads;  ///< [thread_count]; one thread is measured in any case
  int thread_count;
  bool thorough;  ///< false: only the best set of each type, in less than 0.3 s
} bench_peak_request;

/// Measures. Without room for the largest buffers or for threads, their figures are missing.
void bench_peak_measure(const bench_peak_request* request, bench_peak* out);

/// The best rate of `type` on `threads` threads, in multiply-accumulates a second; NAN: not
/// measured.
double bench_peak_macs(const bench_peak* peak, bench_peak_type type, int threads);

/// "float32", "int8", "bfloat16"; "L1", ..., "DRAM". Static strings.
const char* bench_peak_type_name(bench_peak_type type);
const char* bench_peak_level_name(bench_peak_level level);

/// Adds the section "peak" to a document.
void bench_peak_json(lm_json* json, cJSON* root, const bench_peak* peak);

/// Prints a line for each number of threads.
void bench_peak_print(const bench_peak* peak);

#endif  // LITMARK_BENCH_PEAK_PROBE_H_
