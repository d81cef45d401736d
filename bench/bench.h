// SPDX-License-Identifier: MIT
#ifndef LITMARK_BENCH_BENCH_H_
#define LITMARK_BENCH_BENCH_H_

/// `litmark bench`: latency, memory and size of models on delegates. argv[0] is the command's name.
/// Returns the program's exit code.
int lm_bench_main(int argc, char** argv);

#endif  // LITMARK_BENCH_BENCH_H_
