// SPDX-License-Identifier: MIT
//
// The result file that bench and eval write: schema_version 1, described in docs/result-schema.md
// and reports/result.schema.json.
#ifndef LITMARK_HARNESS_RESULT_H_
#define LITMARK_HARNESS_RESULT_H_

#include "litmark/status.h"

#include "json_build.h"
#include "stats.h"

#define LM_RESULT_SCHEMA_VERSION 1

typedef struct lm_result_file {
  lm_json json;    ///< remembers a failure to allocate; pass it to every lm_json_ call
  cJSON* root;     ///< OWNED
  cJSON* results;  ///< the array inside `root`
} lm_result_file;

/// Starts a document with tool and context filled in. `argv` is recorded as the command. A failure
/// shows in json.failed and is reported by lm_result_write().
void lm_result_begin(lm_result_file* file, int argc, char* const* argv);
void lm_result_free(lm_result_file* file);

/// Appends a result with "kind" ("bench" or "eval") and "name" set; the caller adds the rest.
cJSON* lm_result_add(lm_result_file* file, const char* kind, const char* name);

/// "inception_v3_quant/cpu/threads:2": the name of a result and of its Google Benchmark row.
/// Slashes and blanks in the model's base name become '_'.
const char* lm_result_name(char* buffer, size_t buffer_size, const char* model_path,
                           const char* delegate, int threads);

/// A name out of a file, with blanks for control characters; cut to fit.
const char* lm_printable(char* buffer, size_t buffer_size, const char* text);

/// File name without folders and without ".tflite"; blanks for control characters.
const char* lm_model_base_name(char* buffer, size_t buffer_size, const char* path);

/// [low, high], or null where there is none.
void lm_json_interval(lm_json* json, cJSON* parent, const char* name, lm_interval interval);

/// {"median", "ci95", "mean", "stddev", "min", "max", "p90", "p95", "p99", "count"} of a summary in
/// the unit that `name` states.
cJSON* lm_json_summary(lm_json* json, cJSON* parent, const char* name, const lm_summary* summary);

/// Can `path` be written? To be asked before the work whose result goes there. NULL: nothing will
/// be.
///
/// @param inputs  files that are read; NULL entries are passed over.
/// @retval LM_INVALID_ARGUMENT  it is one of the inputs, which the result would replace.
/// @retval LM_IO                it is a folder, or lies in one that is missing or not writable.
lm_status lm_result_check_path(const char* path, const char* const* inputs, int input_count,
                               lm_error* err);

/// Writes text and a line break whole or not at all; "-" is stdout, and what is no regular file
/// (a pipe, /dev/null) is written to as it is.
lm_status lm_result_write_text(const char* path, const char* text, lm_error* err);

/// Writes the document whole or not at all; "-" writes it to stdout.
/// @retval LM_OUT_OF_MEMORY  the document is incomplete, or no space is left.
lm_status lm_result_write(lm_result_file* file, const char* path, lm_error* err);

#endif  // LITMARK_HARNESS_RESULT_H_
