// SPDX-License-Identifier: MIT
//
// The sections of a result file, each read into its struct. Failures stay in the reader.
#ifndef LITMARK_REPORTS_LOAD_PARTS_H_
#define LITMARK_REPORTS_LOAD_PARTS_H_

#include "json_read.h"
#include "report_data.h"

void lm__load_context(lm_json_reader* r, const lm_json_at* root, lm_file_context* out);
void lm__load_model(lm_json_reader* r, const lm_json_at* result, lm_model_facts* out);
void lm__load_placement(lm_json_reader* r, const lm_json_at* result, lm_result* out);
void lm__load_ops(lm_json_reader* r, const lm_json_at* result, lm_result* out);
void lm__load_latency(lm_json_reader* r, const lm_json_at* result, lm_result* out);
void lm__load_memory(lm_json_reader* r, const lm_json_at* result, lm_memory_facts* out);
void lm__load_binary(lm_json_reader* r, const lm_json_at* result, lm_result* out);
void lm__load_check(lm_json_reader* r, const lm_json_at* result, lm_result* out);
/// Device, settings and the time budget of a delegate with devices; fine when there is none.
void lm__load_device(lm_json_reader* r, const lm_json_at* result, lm_result* out);
void lm__load_accuracy(lm_json_reader* r, const lm_json_at* result, lm_result* out);
/// The section "peak" of a file; fine when there is none.
void lm__load_peak(lm_json_reader* r, const lm_json_at* root, lm_file_context* out);
/// @return how many there are.
int lm__load_failures(lm_json_reader* r, const lm_json_at* root, lm_failure_facts** out);
/// Appends the section "comparison" of file number `source`; fine when there is none.
void lm__load_comparison(lm_json_reader* r, const lm_json_at* root, int source,
                         lm_results* results);

#endif  // LITMARK_REPORTS_LOAD_PARTS_H_
