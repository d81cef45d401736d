// SPDX-License-Identifier: MIT
//
// The C face of Google Benchmark. It decides how many iterations a configuration runs and writes
// the JSON format that its own tools read; the samples are taken and kept by the caller.
#ifndef LITMARK_BENCH_GBENCH_H_
#define LITMARK_BENCH_GBENCH_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "litmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lm_gbench lm_gbench;              ///< library and report; one at a time
typedef struct lm_gbench_state lm_gbench_state;  ///< valid inside the callback only

/// Called once for every trial and every repetition, in that order for one configuration.
typedef void (*lm_gbench_fn)(lm_gbench_state* state, void* user);

/// Hands `flags` ("--benchmark_...=...", without a program name) to the library.
/// @param program  Recorded in the report; BORROWED.
/// @retval LM_INVALID_ARGUMENT  a flag is unknown to the library.
lm_status lm_gbench_create(const char* program, char* const* flags, int flag_count,
                           lm_gbench** out_gbench, lm_error* err);
void lm_gbench_destroy(lm_gbench* gbench);

typedef struct lm_gbench_case {
  const char* name;  ///< of the row, verbatim
  lm_gbench_fn fn;
  void* user;           ///< BORROWED until lm_gbench_run() returns
  double min_time_s;    ///< least measured time of a repetition; ignored when iterations is set
  int64_t iterations;   ///< exactly so many, without trials; 0: as many as min_time_s takes
  int32_t repetitions;  ///< at least 1
} lm_gbench_case;

/// Runs all cases (interleaved, if the flags say so) and adds their rows to the report.
/// @retval LM_OUT_OF_MEMORY
lm_status lm_gbench_run(lm_gbench* gbench, const lm_gbench_case* cases, int case_count,
                        lm_error* err);

/// Iterations that this call is going to make.
int64_t lm_gbench_iterations(const lm_gbench_state* state);

/// True: measure `batch` inferences. The last batch may overshoot the number of iterations.
bool lm_gbench_keep_running(lm_gbench_state* state, int64_t batch);

/// The time that the batch took.
void lm_gbench_set_time(lm_gbench_state* state, double seconds);

/// A named value of the row.
void lm_gbench_counter(lm_gbench_state* state, const char* name, double value);

/// Marks the row as failed; return from the callback afterwards.
void lm_gbench_skip(lm_gbench_state* state, const char* reason);

/// Ends the report and returns it: Google Benchmark's JSON. BORROWED until destroy.
const char* lm_gbench_json(lm_gbench* gbench);

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_BENCH_GBENCH_H_
