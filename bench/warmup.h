// SPDX-License-Identifier: MIT
//
// Runs a model until its latency has stopped moving.
#ifndef LITMARK_BENCH_WARMUP_H_
#define LITMARK_BENCH_WARMUP_H_

#include "session.h"

typedef struct bench_warmup {
  int64_t count;      ///< inferences
  double total_ms;    ///< spent on them
  double latency_ms;  ///< of one inference at the end
  bool steady;        ///< false: the cap came first
} bench_warmup;

/// Windows whose medians are compared.
#define BENCH_WARMUP_WINDOWS 3

/// True when the windows' medians agree pairwise within 1 % or twice their standard errors,
/// whichever is more: neither a level shift nor a slope stands out of the noise.
bool bench_warmup_is_steady(const double medians[BENCH_WARMUP_WINDOWS],
                            const double errors[BENCH_WARMUP_WINDOWS]);

/// Invokes at least once and at most `cap_s` seconds (the inference that crosses the cap is
/// finished).
lm_status bench_warmup_run(const lm_session* session, double cap_s, bench_warmup* out,
                           lm_error* err);

#endif  // LITMARK_BENCH_WARMUP_H_
