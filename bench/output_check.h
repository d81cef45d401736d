// SPDX-License-Identifier: MIT
//
// Is what is going to be timed right? Outputs against those of the reference kernels.
#ifndef LITMARK_BENCH_OUTPUT_CHECK_H_
#define LITMARK_BENCH_OUTPUT_CHECK_H_

#include "bench_session.h"

/// Outputs of a model on the reference kernels, for the inputs that the seed makes.
typedef struct bench_reference {
  void** data;  ///< OWNED; [count]
  size_t* bytes;
  int32_t count;
} bench_reference;

typedef enum bench_check_status {
  BENCH_CHECK_SKIPPED,
  BENCH_CHECK_MATCH,
  BENCH_CHECK_MISMATCH,
  BENCH_CHECK_SHOWN,  ///< outputs that are not held to the reference's differ from them
} bench_check_status;

typedef struct bench_check {
  bench_check_status status;
  const char* why_skipped;  ///< static
  bool is_reference;        ///< skipped because there is nothing else to compare with
  int64_t elements;
  int64_t mismatched;     ///< beyond what they are held to, or NaN on one side
  int64_t differing;      ///< integers that differ at all
  double max_steps;       ///< largest difference of integers
  int32_t integer_steps;  ///< that integers may differ; -1: any number, see lm_program_stats
  int top1_same;          ///< best score of the first output; -1: it is no list of scores
  double max_abs;         ///< largest difference
  double max_relative;    ///< of floats, to the largest value of their tensor
  double tolerance;       ///< that float32 was held to, relative to the largest output
} bench_check;

/// Runs `config`'s model once on the reference kernels.
lm_status bench_reference_make(const bench_config* config, bench_reference* out, lm_error* err);
void bench_reference_free(bench_reference* reference);

/// Compares the outputs that `session` holds. Integers must be equal, or as near as the kernels
/// that ran say (a quantized model that is computed in floats is only shown); a float may differ by
/// `tolerance` times the largest reference value (below 0: what the kernels that ran are held to,
/// 1e-5 unless they say otherwise, and 2e-3 for float16).
void bench_check_outputs(const lm_session* session, const bench_reference* reference,
                         double tolerance, bench_check* out);

/// Compares one tensor of `bytes` bytes and adds what it finds to `out`, whose status it leaves.
void bench_check_tensor(const void* want, const void* got, lm_type type, size_t bytes,
                        double tolerance, bench_check* out);

bool bench_type_is_float(lm_type type);

/// Index of the first of the largest values; -1: a tensor of this shape is no list of scores.
int64_t bench_best_score(const void* data, lm_type type, const lm_shape* shape);

#endif  // LITMARK_BENCH_OUTPUT_CHECK_H_
