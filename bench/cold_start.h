// SPDX-License-Identifier: MIT
//
// What --cache saves: opening and planning on a cache that did not have the model's kernels and
// packed weights, and on one that has.
#ifndef LITMARK_BENCH_COLD_START_H_
#define LITMARK_BENCH_COLD_START_H_

#include "bench_session.h"

typedef struct bench_cold_start {
  bool known;            ///< there is a cache
  double first_ms;       ///< delegate and plan of a session of its own, before anything else
  double warm_ms;        ///< ... of the session after it, which is the one that is measured
  int64_t files, bytes;  ///< that the first session added to the cache; 0: it was warm already
} bench_cold_start;

/// Opens, plans and closes the configuration once where there is a cache. The caller fills in
/// warm_ms.
lm_status bench_cold_start_run(const bench_config* config, bench_cold_start* out, lm_error* err);

/// The first session's time where the cache was cold; NAN: it was warm, or there is none.
double bench_cold_start_ms(const bench_cold_start* start);

/// Opening of delegates and planning.
double bench_init_ms(const lm_session* session);

#endif  // LITMARK_BENCH_COLD_START_H_
