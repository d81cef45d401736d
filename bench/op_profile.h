// SPDX-License-Identifier: MIT
//
// Time of every op, from invocations that are profiled and not part of the measured ones.
#ifndef LITMARK_BENCH_OP_PROFILE_H_
#define LITMARK_BENCH_OP_PROFILE_H_

#include "json_build.h"
#include "session.h"

typedef struct bench_op_time {
  int32_t node_index;  ///< the node, or the first node of a fused group or program
  lm_event_kind kind;
  const char* name;  ///< what the event says: op, delegate or kernel variant
  double total_us;
  int64_t count;  ///< events
} bench_op_time;

typedef struct bench_profile {
  bench_op_time* ops;  ///< OWNED; in the order of first appearance
  int32_t count;
  int64_t runs;     ///< profiled invocations; 0: not profiled
  double wall_us;   ///< all of them together
  int32_t dropped;  ///< events that found no room
} bench_profile;

/// Profiles for about half a second.
lm_status bench_profile_run(const lm_session* session, bench_profile* out, lm_error* err);
void bench_profile_free(bench_profile* profile);

/// Adds "ops" and "profile" to a result; nothing when nothing was profiled.
void bench_profile_json(lm_json* json, cJSON* result, const bench_profile* profile,
                        const lm_session* session);

/// Prints the table, the most expensive op first.
void bench_profile_print(const bench_profile* profile, const lm_session* session);

#endif  // LITMARK_BENCH_OP_PROFILE_H_
