// SPDX-License-Identifier: MIT
//
// What all engines of a comparison get and are judged by: a model's inputs and the outputs of the
// reference kernels for them.
#ifndef LITMARK_BENCH_SUBJECT_H_
#define LITMARK_BENCH_SUBJECT_H_

#include "bench_session.h"
#include "engine.h"
#include "file_hash.h"
#include "work.h"

/// A tensor with its contents.
typedef struct bench_tensor {
  lm_type type;
  lm_shape shape;
  size_t bytes;
  void* data;  ///< OWNED
} bench_tensor;

typedef struct bench_subject {
  const char* path;  ///< BORROWED
  char sha256[LM_HASH_TEXT_SIZE];
  uint64_t bytes;
  const char* precision;  ///< static; see lm_model_precision()
  uint64_t macs;
  bench_work work;
  bench_tensor* inputs;   ///< OWNED; in the order of the file, filled from the seed
  bench_tensor* outputs;  ///< OWNED; NULL without a check
  int32_t input_count, output_count;
} bench_subject;

/// How the outputs of an engine differ from those of the reference kernels.
typedef struct bench_difference {
  bool known;
  const char* why_unknown;  ///< static
  bool is_float;            ///< all outputs are
  int64_t elements;
  int64_t mismatched;   ///< integers that differ, floats beyond the tolerance
  int64_t wrong;        ///< of them, those that the engine is held to
  double tolerance;     ///< of floats, relative to the largest value of the output
  double max_abs;       ///< largest difference
  double max_relative;  ///< of floats: to the largest value of the output; NAN: there are none
  int top1_same;        ///< -1: the first output has no single largest score
} bench_difference;

/// Opens the model, makes its inputs and, unless --no-check, runs the reference kernels once.
lm_status bench_subject_open(const bench_options* options, const char* path, bench_subject* out,
                             lm_error* err);
void bench_subject_free(bench_subject* subject);

/// Gives the inputs to an engine.
/// @retval LM_UNSUPPORTED  the engine has other inputs than the file.
lm_status bench_subject_feed(const bench_subject* subject, lm_engine* engine, lm_error* err);

/// Compares the outputs that the engine holds. See bench_check_outputs() for the tolerance.
lm_status bench_subject_compare(const bench_subject* subject, lm_engine* engine, double tolerance,
                                bench_difference* out, lm_error* err);

#endif  // LITMARK_BENCH_SUBJECT_H_
