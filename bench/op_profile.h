// SPDX-License-Identifier: MIT
//
// Time of every op, from invocations that are profiled and not part of the measured ones, and what
// the op computes and moves in that time.
#ifndef LITMARK_BENCH_OP_PROFILE_H_
#define LITMARK_BENCH_OP_PROFILE_H_

#include "json_build.h"
#include "session.h"
#include "time_budget.h"
#include "work.h"

typedef struct bench_op_time {
  int32_t node_index;  ///< the node, or that of a fused group or program which reports it
  lm_event_kind kind;
  const char* name;  ///< what the event says: op, delegate or kernel variant; static
  double total_us;
  double min_us;         ///< of one invocation
  int64_t count;         ///< events
  bool detailed;         ///< a program whose kernels have rows of their own: not to be added up
  char op[48];           ///< "CONV_2D"
  const char* delegate;  ///< static; NULL: unknown
  char shape[160];       ///< "1x56x56x64 * 128x1x1x64 > 1x56x56x128": input, weights, output
  uint64_t macs;         ///< of the node and of those that were fused into it
  uint64_t bytes;        ///< of what it reads and writes, each tensor once
  bench_peak_type type;  ///< BENCH_PEAK_TYPE_COUNT: a type without a peak
} bench_op_time;

typedef struct bench_profile {
  bench_op_time* ops;  ///< OWNED; in the order of first appearance
  int32_t count;
  int64_t runs;                ///< profiled invocations; 0: not profiled
  double wall_us;              ///< all of them together
  int32_t dropped;             ///< events that found no room
  bench_kernel_times kernels;  ///< by a device's clock
} bench_profile;

/// Profiles for about half a second. Nothing in it belongs to the session afterwards.
lm_status bench_profile_run(const lm_session* session, bench_profile* out, lm_error* err);
void bench_profile_free(bench_profile* profile);

/// Fills in what every row computes and moves.
void bench_profile_describe(const lm_session* session, bench_profile* profile);

/// Adds "ops" and "profile" to a result; nothing when nothing was profiled.
void bench_profile_json(lm_json* json, cJSON* result, const bench_profile* profile,
                        const bench_peak* peak, int threads);

/// Prints the three most expensive ops.
void bench_profile_print(const bench_profile* profile, const bench_peak* peak, int threads);

#endif  // LITMARK_BENCH_OP_PROFILE_H_
