// SPDX-License-Identifier: MIT
//
// Memory and start-up times of a configuration, measured in a process that does nothing else: this
// program starts itself again and reads the figures from a pipe.
#ifndef LITMARK_BENCH_MEMORY_PROBE_H_
#define LITMARK_BENCH_MEMORY_PROBE_H_

#include "bench_session.h"

/// First argument of the process that measures; not for users.
#define BENCH_PROBE_FLAG "--internal-memory-probe"

/// What the process was doing when the peak was taken: name and its text in the result.
#define BENCH_PROBE_PHASES(X) \
  X(BASELINE, "baseline")     \
  X(LOAD, "load")             \
  X(PLAN, "plan")             \
  X(FIRST, "first")           \
  X(STEADY, "steady")

typedef enum bench_probe_phase {
#define BENCH_PROBE_ENUM(name, text) BENCH_PROBE_##name,
  BENCH_PROBE_PHASES(BENCH_PROBE_ENUM)
#undef BENCH_PROBE_ENUM
      BENCH_PROBE_PHASE_COUNT,
} bench_probe_phase;

/// "baseline", "load", ...
const char* bench_probe_phase_name(bench_probe_phase phase);

typedef struct bench_probe {
  bool measured;     ///< false: nothing below is valid but `method`
  char method[240];  ///< how, or why not
  double load_ms, delegate_init_ms, plan_ms, first_ms;
  double peak_bytes[BENCH_PROBE_PHASE_COUNT];  ///< NAN: this system does not let us reset the peak
  double anonymous_bytes, file_backed_bytes;   ///< resident at the end; NAN: not told
} bench_probe;

/// Measures `config` in a fresh process; never fails, says in `method` when it could not.
void bench_probe_run(const bench_config* config, bench_probe* out);

/// Largest peak of all phases; NAN when there is none.
double bench_probe_peak(const bench_probe* probe);

/// The fresh process: argv[0] is BENCH_PROBE_FLAG. Writes JSON to stdout and returns the exit code.
int bench_probe_main(int argc, char** argv);

#endif  // LITMARK_BENCH_MEMORY_PROBE_H_
