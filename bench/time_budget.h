// SPDX-License-Identifier: MIT
//
// Where the time of the measured invocations went, as far as a delegate with a device of its own
// tells: the host's parts, which must add up to the wall time, and the device's own clock, which
// cannot run longer than the wall's. What contradicts itself is no measurement.
#ifndef LITMARK_BENCH_TIME_BUDGET_H_
#define LITMARK_BENCH_TIME_BUDGET_H_

#include <stdbool.h>
#include <stdint.h>

#include "json_build.h"
#include "litmark/delegate.h"

/// Parts may differ from the whole by this share, and this time for each time work was submitted.
#define BENCH_BUDGET_SLACK 0.05
#define BENCH_BUDGET_SLACK_NS 20000

/// A run contradicts itself when more than this share of its samples does.
#define BENCH_BUDGET_MOST 0.1

/// Medians over the samples; in milliseconds.
typedef struct bench_time_budget {
  bool known;      ///< some program tells its times
  bool has_clock;  ///< the device's time is known
  int64_t samples;
  double invocation;  ///< as the harness measured it
  double outside;     ///< of it: other nodes, the interpreter
  double program;     ///< of it: the programs' own wall time
  double upload, enqueue, wait, download;
  double rest;    ///< of the programs: none of the four
  double device;  ///< first kernel's begin to last kernel's end; NAN without a clock
  double gap;     ///< enqueue + wait that the device did not work; NAN without a clock
  double dispatches, submits;
  // Samples that contradict themselves:
  int64_t device_too_long;  ///< device time above wall time
  int64_t not_closed;       ///< the host's parts are not the wall time
  int64_t clock_stood;      ///< kernels ran in no time, on a device that has a clock
} bench_time_budget;

/// Sums up `times[i]`, of the invocation that took `samples_ms[i]`.
/// @return false: out of memory.
bool bench_time_budget_make(const lm_program_times* times, const double* samples_ms, int64_t count,
                            bench_time_budget* out);

/// Why the times cannot be; "" when they can. Writes into `buffer`.
const char* bench_time_budget_contradiction(const bench_time_budget* budget, char* buffer,
                                            size_t size);

/// From profiled invocations, which run slower: sums over them.
typedef struct bench_kernel_times {
  int64_t runs;  ///< 0: not profiled, or nothing told
  uint64_t kernels_ns, device_ns;
  int64_t dispatches;
} bench_kernel_times;

void bench_kernel_times_add(bench_kernel_times* sum, const lm_program_times* times);

/// Adds "device_times" to a result: null where nothing is known.
void bench_time_budget_json(lm_json* json, cJSON* result, const bench_time_budget* budget,
                            const bench_kernel_times* kernels);

/// Prints the budget as indented lines; nothing where nothing is known.
void bench_time_budget_print(const bench_time_budget* budget, const bench_kernel_times* kernels);

#endif  // LITMARK_BENCH_TIME_BUDGET_H_
