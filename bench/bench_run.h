// SPDX-License-Identifier: MIT
//
// One configuration from opening to verdict: prepare (probe, plan, check, warm up), be timed by
// Google Benchmark, finish (statistics, verdict, profile).
#ifndef LITMARK_BENCH_BENCH_RUN_H_
#define LITMARK_BENCH_BENCH_RUN_H_

#include "bench_session.h"
#include "cold_start.h"
#include "file_hash.h"
#include "gbench.h"
#include "memory_probe.h"
#include "op_profile.h"
#include "output_check.h"
#include "progress.h"
#include "time_budget.h"
#include "verdict.h"
#include "warmup.h"

/// A model of the sweep; what all its configurations share.
typedef struct bench_model {
  const char* path;                ///< BORROWED
  char sha256[LM_HASH_TEXT_SIZE];  ///< "" until the first configuration opened the model
  uint64_t bytes;
  bench_reference reference;
  bool has_reference;
} bench_model;

typedef struct bench_run {
  bench_config config;
  bench_model* model;
  char name[400];
  lm_session session;
  bench_probe probe;
  bench_check check;
  bench_warmup warmup;
  double first_here_ms;     ///< first inference in this process, where the probe could not tell
  int64_t batch;            ///< inferences of one sample
  bool tells_times;         ///< some program of a delegate says where its time went
  double* samples_ms;       ///< OWNED; per inference
  lm_program_times* times;  ///< OWNED; of every sample; NULL: no delegate tells
  int64_t sample_count, sample_capacity;
  bench_span* calls;  ///< OWNED; every call of the library; after finish: the repetitions only
  int call_count;
  double wall_s, cpu_s;  ///< of the timed loops; cpu_s is that of the calling thread
  double waited_s;       ///< in them, all threads together: ready to run, but without a processor
  lm_summary summary;
  bench_time_budget budget;
  bench_cold_start cold_start;
  bench_verdict verdict;
  bench_profile profile;
  bench_work work;
  const bench_peak* peak;  ///< BORROWED
  lm_progress* progress;   ///< BORROWED
  int64_t progress_done;
  lm_error err;  ///< what ended it, while it was timed
} bench_run;

/// Everything before the timing.
lm_status bench_run_prepare(bench_run* run, lm_error* err);

/// How the library is to time it. Valid after prepare.
lm_gbench_case bench_run_case(bench_run* run);

/// Everything after the timing.
/// @retval  the failure of an invocation while it was timed.
lm_status bench_run_finish(bench_run* run, lm_error* err);

/// Closes the session and frees the samples.
void bench_run_free(bench_run* run);

/// Part of the measured time that the threads of the cpu delegate were ready to run but had no
/// processor; NAN for other delegates, more threads than processors, or where it is not told.
double bench_run_waited_share(const bench_run* run);

/// Multiply-accumulates per second at the median; NAN where there is no median.
double bench_run_macs_per_second(const bench_run* run);

/// Time that the work takes at the machine's peak over the median; NAN where either is not known.
double bench_run_fraction_of_peak(const bench_run* run);

/// Peak memory over packed weights and arena; NAN where it was not measured.
double bench_run_peak_over_plan(const bench_run* run);

/// Nodes that run on the reference kernels although a delegate was asked for.
int32_t bench_run_left_behind(const bench_run* run);

#endif  // LITMARK_BENCH_BENCH_RUN_H_
