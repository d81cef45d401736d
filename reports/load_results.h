// SPDX-License-Identifier: MIT
#ifndef LITMARK_REPORTS_LOAD_RESULTS_H_
#define LITMARK_REPORTS_LOAD_RESULTS_H_

#include "report_data.h"

/// The schema that is read; others are refused.
#define LM_REPORT_SCHEMA_VERSION 1

/// More rows than that are no page that anyone reads.
#define LM_REPORT_MAX_RESULTS 1000

/// Reads one result file and appends what it holds. Every type that is used is checked.
///
/// @param pool  Owns what is read.
/// @retval LM_BAD_INPUT      not JSON, another schema, or a value of the wrong type; `err` names
/// the
///                           path inside the file.
/// @retval LM_IO             the file cannot be read.
/// @retval LM_OUT_OF_MEMORY
lm_status lm__results_load(const char* path, lm_pool* pool, lm_results* results, lm_error* err);

#endif  // LITMARK_REPORTS_LOAD_RESULTS_H_
