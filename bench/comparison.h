// SPDX-License-Identifier: MIT
//
// One model at one number of threads on several engines, timed in interleaved blocks: every block
// gives every engine its turn, the order rotates, and the ratio of two engines is taken within a
// block, where the machine was the same for both.
#ifndef LITMARK_BENCH_COMPARISON_H_
#define LITMARK_BENCH_COMPARISON_H_

#include "bench_options.h"
#include "engine_set.h"
#include "op_profile.h"
#include "result.h"
#include "stats.h"
#include "subject.h"

typedef enum bench_contender_status {
  BENCH_CONTENDER_MEASURED,
  BENCH_CONTENDER_REFUSED,  ///< the engine does not take this model
  BENCH_CONTENDER_FAILED,   ///< it took it, and an invocation failed
} bench_contender_status;

/// The turn of an engine in a block.
typedef struct bench_turn {
  int position;          ///< 0: it went first
  int64_t first, count;  ///< its samples
  double median_ms;
  double processors;  ///< processor time of the whole process over the measured time
} bench_turn;

typedef enum bench_ratio_verdict {
  BENCH_RATIO_NONE,    ///< no ratio, or too few blocks for an interval
  BENCH_RATIO_SLOWER,  ///< the interval lies above 1: the engine takes longer than the baseline
  BENCH_RATIO_FASTER,  ///< it lies below 1
  BENCH_RATIO_OPEN,    ///< it holds 1: not told apart
} bench_ratio_verdict;

/// An engine in one comparison.
typedef struct bench_contender {
  const lm_engine_choice* choice;
  lm_engine* engine;  ///< NULL: refused, or closed after the measurement
  bench_contender_status status;
  lm_status code;  ///< why it was refused or failed
  char message[480];
  double load_ms, compile_ms, first_ms;
  int32_t threads;  ///< that it really has; 0: unknown
  int64_t batch;    ///< inferences of one sample
  bench_difference output;
  bench_turn* turns;  ///< OWNED; [turn_count]
  int turn_count;
  double* samples_ms;  ///< OWNED; of all its turns
  int64_t sample_count, sample_capacity;
  lm_summary latency;  ///< of the medians of its turns
  double processors;   ///< median of its turns
  double* ratios;      ///< OWNED; [turn_count]; its median over the baseline's, block by block
  lm_summary ratio;
  bench_ratio_verdict verdict;
  bench_work work;        ///< of the model; with the kernels that run, where they are known
  lm_isa isa;             ///< of Litmark's own engine on the cpu delegate
  bool has_isa;           ///< whether it is
  char device[400];       ///< where Litmark's own engine sent its work; "": nowhere special
  bench_profile profile;  ///< of Litmark's own engine, with --profile
} bench_contender;

typedef struct bench_comparison {
  const bench_options* options;  ///< BORROWED
  const bench_subject* subject;  ///< BORROWED
  const bench_peak* peak;        ///< BORROWED
  int threads;
  bench_contender contenders[LM_ENGINE_SET_MAX];
  int count;
  int baseline;  ///< the contender that ratios are against
} bench_comparison;

/// Opens the model on every engine, checks outputs and measures. What a contender cannot do is in
/// its status; only a lack of memory fails.
lm_status bench_comparison_run(const bench_options* options, const lm_engine_set* set,
                               const bench_peak* peak, const bench_subject* subject, int threads,
                               bench_comparison* out, lm_error* err);
void bench_comparison_free(bench_comparison* comparison);

/// The contender that ratios are against: "litmark" where it takes part, else the first.
int bench_comparison_baseline(const lm_engine_set* set);

/// Multiply-accumulates a second of a contender, and its fraction of the machine's peak; NAN: none.
double bench_contender_macs_per_second(const bench_contender* contender);
double bench_contender_fraction(const bench_comparison* comparison,
                                const bench_contender* contender);

/// Static string.
const char* bench_ratio_verdict_name(bench_ratio_verdict verdict);
const char* bench_contender_status_name(bench_contender_status status);

/// `litmark bench --engine`: all models and thread counts. @return the exit code.
int bench_compare(const bench_options* options, int argc, char** argv);

/// The table on the terminal.
void bench_comparison_print_header(const bench_options* options, const lm_engine_set* set);
void bench_comparison_print(const bench_comparison* comparison);

/// The section "comparison" and one of its rows.
cJSON* bench_comparison_json_begin(lm_json* json, cJSON* root, const bench_options* options,
                                   const lm_engine_set* set);
void bench_comparison_json_row(lm_json* json, cJSON* section, const bench_comparison* comparison);

#endif  // LITMARK_BENCH_COMPARISON_H_
