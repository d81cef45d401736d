// SPDX-License-Identifier: MIT
//
// One configuration, opened and ready to run: the same way in the measuring process, in the memory
// probe and for the reference output.
#ifndef LITMARK_BENCH_BENCH_SESSION_H_
#define LITMARK_BENCH_BENCH_SESSION_H_

#include "bench_options.h"
#include "session.h"

/// A point of the sweep. All BORROWED.
typedef struct bench_config {
  const bench_options* options;
  const char* model;
  const char* delegate;
  int threads;
} bench_config;

/// Opens delegates and model; inputs have their shapes, nothing is planned.
/// @retval LM_BAD_INPUT  --input-shape names no input of this model or is no shape.
lm_status bench_session_open(const bench_config* config, lm_session* out_session, lm_error* err);

/// Plans and fills the inputs from the seed. The time that filling takes is not part of plan_ns.
lm_status bench_session_plan(const bench_config* config, lm_session* session, lm_error* err);

#endif  // LITMARK_BENCH_BENCH_SESSION_H_
