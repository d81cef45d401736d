// SPDX-License-Identifier: MIT
//
// A finished configuration as a row for people and as a result for programs.
#ifndef LITMARK_BENCH_BENCH_OUTPUT_H_
#define LITMARK_BENCH_BENCH_OUTPUT_H_

#include "bench_run.h"
#include "binary_size.h"
#include "result.h"

/// Appends the result. The session is still open.
void bench_output_json(lm_result_file* file, const bench_run* run, const bench_binary* binary);

/// Prints what the machine can do and the column heads; the model's column takes the longest name.
void bench_output_header(const bench_options* options, const bench_peak* peak);

/// Prints the row and, indented below it, why it is not VALID.
void bench_output_row(const lm_list* models, const bench_run* run);

#endif  // LITMARK_BENCH_BENCH_OUTPUT_H_
