// SPDX-License-Identifier: MIT
//
// How much a model computes, in which type, and how long that takes at the machine's peak.
#ifndef LITMARK_BENCH_WORK_H_
#define LITMARK_BENCH_WORK_H_

#include "peak_probe.h"
#include "session.h"

/// Multiply-accumulates of one invocation.
typedef struct bench_work {
  uint64_t macs[BENCH_PEAK_TYPE_COUNT];
  uint64_t other_macs;  ///< of what has no peak here: 16-bit activations, other devices
  bool winograd;        ///< some kernel takes fewer multiplications than are counted
} bench_work;

/// In what type a node multiplies: by its first input, its weights and, where a delegate runs it,
/// its kernel's name. BENCH_PEAK_TYPE_COUNT: in a type without a peak.
bench_peak_type bench_node_type(const lm_graph* graph, int32_t node_index, const char* kernel);

/// True for the names of kernels that transform instead of multiplying (Winograd).
bool bench_kernel_is_winograd(const char* kernel);

/// False for delegates of other devices: this machine's peak is not theirs.
bool bench_is_host(const char* delegate);

/// Sums up the main graph. The session is planned.
bench_work bench_work_of(const lm_session* session);

/// The type that most of the work is in; BENCH_PEAK_TYPE_COUNT: none has a peak, or there is no
/// work.
bench_peak_type bench_work_type(const bench_work* work);

/// Time at peak over `seconds`, each type at its own peak. NAN: no work, or a peak that is not
/// known.
double bench_work_fraction(const bench_work* work, const bench_peak* peak, int threads,
                           double seconds);

/// The least time that `macs` take; NAN: the peak is not known.
double bench_peak_seconds(const bench_peak* peak, bench_peak_type type, int threads, uint64_t macs);

#endif  // LITMARK_BENCH_WORK_H_
