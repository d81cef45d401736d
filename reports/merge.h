// SPDX-License-Identifier: MIT
//
// Which results belong together: bench and eval rows of one model file (by its hash) on one
// delegate, and the files that are one network in several precisions.
#ifndef LITMARK_REPORTS_MERGE_H_
#define LITMARK_REPORTS_MERGE_H_

#include "report_data.h"

/// A model file. Results point to it by `sha256`.
typedef struct lm_model_entry {
  const lm_model_facts* facts;
  const char* network;  ///< name without the words of precision
  int family;
} lm_model_entry;

/// One network in one or more precisions.
typedef struct lm_family {
  const char* title;
  int base;  ///< index of the float model that the others are compared with, or -1
  int member_count;
} lm_family;

/// A model beside the float model of its family, on one delegate with the same number of threads.
typedef struct lm_comparison {
  int family;
  bool is_base;
  const char* delegate;
  const lm_model_facts* model;
  const lm_result *bench, *eval;            ///< may be NULL
  const lm_result *base_bench, *base_eval;  ///< may be NULL
  double speedup, size_ratio, memory_ratio, top1_delta;
  lm_interval speedup_bounds;  ///< what the two intervals of the medians allow
  /// By the paired test at 0.05; where that is not stated, only when the two intervals are apart.
  bool top1_differs;
  const lm_agreement* agreement;  ///< with the base; NULL when not stated
  double lost, won;               ///< images right in the base and wrong here, and the reverse
} lm_comparison;

typedef struct lm_merged {
  const lm_results* results;
  lm_model_entry* models;
  int* model_of;  ///< by result
  int* order;     ///< all results, by family, then model, then as they stand in the files
  lm_family* families;
  lm_comparison* comparisons;  ///< by family, then delegate; the base first
  int model_count, family_count, comparison_count;
  bool several_machines;
} lm_merged;

/// Groups results; everything lives in the pool.
void lm__merge_results(lm_pool* pool, const lm_results* results, lm_merged* out);

/// The eval row that belongs to a bench row: same model and delegate, rather the same threads. NULL
/// when there is none.
const lm_result* lm__merge_eval_of(const lm_results* results, const lm_result* bench);

/// Index of a result's model in lm_merged.models.
int lm__merge_model_of(const lm_merged* merged, const lm_result* result);

/// What tells a model from the others of this report in few characters: its precision, when all are
/// one network in different precisions; else its name.
const char* lm__merge_short_name(const lm_merged* merged, const lm_model_facts* model);

/// False for rows whose measurement or output was found wrong: nothing is concluded from them.
bool lm__merge_is_usable(const lm_result* result);

/// The fastest usable bench row of a family, NULL when there is none.
const lm_result* lm__merge_fastest(const lm_merged* merged, int family);

#endif  // LITMARK_REPORTS_MERGE_H_
