// SPDX-License-Identifier: MIT
#ifndef LITMARK_BENCH_WAITING_H_
#define LITMARK_BENCH_WAITING_H_

/// Seconds that the threads of this process were ready to run but had no processor, all of them
/// together, since each began; NAN where the kernel does not tell (no
/// /proc/PID/task/TID/schedstat).
double bench_waited_s(void);

#endif  // LITMARK_BENCH_WAITING_H_
