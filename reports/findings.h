// SPDX-License-Identifier: MIT
//
// The answers at the top of the report: what is fastest, what quantization saves and what it costs.
#ifndef LITMARK_REPORTS_FINDINGS_H_
#define LITMARK_REPORTS_FINDINGS_H_

#include "merge.h"
#include "table.h"

typedef struct lm_finding {
  const char* topic;     ///< "Accuracy"
  const char* headline;  ///< "−0.40 points"
  const char* detail;
  lm_tone tone;
} lm_finding;

enum { LM_MAX_FINDINGS = 8 };

/// The findings of one network, or one finding each of several.
typedef struct lm_finding_group {
  const char* title;
  lm_finding items[LM_MAX_FINDINGS];
  int count;
} lm_finding_group;

typedef struct lm_findings {
  lm_finding_group* groups;
  int group_count;
  int left_out;           ///< networks beyond those that are shown
  const char** warnings;  ///< what a reader must know before believing the numbers
  int warning_count;
} lm_findings;

void lm__findings_collect(lm_pool* pool, const lm_merged* merged, lm_findings* out);

#endif  // LITMARK_REPORTS_FINDINGS_H_
