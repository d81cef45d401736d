// SPDX-License-Identifier: MIT
//
// May the number be believed? Judged from the evidence of one configuration, with reasons.
#ifndef LITMARK_BENCH_VERDICT_H_
#define LITMARK_BENCH_VERDICT_H_

#include "output_check.h"
#include "stats.h"
#include "time_budget.h"
#include "warmup.h"

/// From best to worst.
#define BENCH_VERDICTS(X)                                                        \
  X(VALID)         /* nothing speaks against it */                               \
  X(NOISY)         /* the machine moved while it was measured */                 \
  X(TOO_FEW)       /* not enough samples to say anything */                      \
  X(CONTRADICTION) /* the device's times and the wall time exclude each other */ \
  X(INVALID)       /* the outputs are wrong: a fast way to a wrong result */

typedef enum bench_verdict_status {
#define BENCH_VERDICT_ENUM(name) BENCH_VERDICT_##name,
  BENCH_VERDICTS(BENCH_VERDICT_ENUM)
#undef BENCH_VERDICT_ENUM
} bench_verdict_status;

enum { BENCH_VERDICT_REASONS = 8, BENCH_VERDICT_REASON_SIZE = 160 };

typedef struct bench_verdict {
  bench_verdict_status status;
  int reason_count;
  char reasons[BENCH_VERDICT_REASONS][BENCH_VERDICT_REASON_SIZE];
} bench_verdict;

/// Samples first, first + 1, ... of a repetition.
typedef struct bench_span {
  int64_t first, count;
} bench_span;

typedef struct bench_evidence {
  const bench_check* check;
  const bench_warmup* warmup;
  const bench_time_budget* budget;  ///< NULL: no device tells
  const lm_summary* summary;
  const double* samples;  ///< in the order in which they were taken
  const bench_span* repetitions;
  int repetition_count;
  double measured_s, min_time_s;
  int min_samples;
  double cpu_share;  ///< of the measured time during which the computing thread ran; NAN: not told
  double waited_share;  ///< of it, a thread, ready to run but without a processor; NAN: not told
} bench_evidence;

/// "VALID", ...
const char* bench_verdict_name(bench_verdict_status status);

/// @return false: out of memory.
bool bench_judge(const bench_evidence* evidence, bench_verdict* out);

#endif  // LITMARK_BENCH_VERDICT_H_
