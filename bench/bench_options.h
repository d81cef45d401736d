// SPDX-License-Identifier: MIT
//
// What the command line of `litmark bench` says.
#ifndef LITMARK_BENCH_BENCH_OPTIONS_H_
#define LITMARK_BENCH_BENCH_OPTIONS_H_

#include <stdbool.h>

#include "args.h"
#include "delegate_flags.h"
#include "peak_probe.h"

typedef struct bench_options {
  lm_list models, delegates, threads_text;
  int* threads;  ///< OWNED; [threads_text.count]
  lm_list input_shapes;
  const char* device;
  lm_delegate_flags flags;
  const char* json;
  const char* gbench_json;
  const char* filter;  ///< of row names, POSIX extended; NULL: all
  double min_time_s;
  double warmup_time_s;
  double probe_timeout_s;
  double tolerance;
  int min_samples;
  int repetitions;
  int seed;
  bool interleave;
  bool list_names;
  bool profile;
  bool peak;  ///< measure every set and the memory, not only what the fractions need
  bool no_check;
  bool no_probe;
  bool require_full_delegation;
  bool quiet;
  lm_list engines;      ///< none: the sweep over delegates
  lm_list engine_libs;  ///< "NAME=PATH"
  double block_time_s;
  int blocks, block_samples;
  lm_list gbench_flags;  ///< "--benchmark_...": for the library as they are
} bench_options;

/// Parses argv. @return -1 to go on, else the exit code to end with.
int bench_options_parse(bench_options* options, int argc, char** argv);
void bench_options_free(bench_options* options);

/// Measures the peak of what the options let run: their sets, their numbers of threads.
void bench_peak_of_options(const bench_options* options, bench_peak* out);

#endif  // LITMARK_BENCH_BENCH_OPTIONS_H_
