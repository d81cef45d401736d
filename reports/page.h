// SPDX-License-Identifier: MIT
#ifndef LITMARK_REPORTS_PAGE_H_
#define LITMARK_REPORTS_PAGE_H_

#include <stdio.h>

#include "findings.h"
#include "merge.h"
#include "plots.h"

/// All that a page is written from.
typedef struct lm_page {
  lm_pool* pool;
  const char* title;
  const lm_merged* merged;
  const lm_findings* findings;
  const lm_plots* plots;
} lm_page;

/// One self-contained HTML page: no script, no network.
void lm__page_write_html(const lm_page* page, FILE* out);

/// The same in GitHub-flavoured Markdown; plots are links to plots/*.svg.
void lm__page_write_markdown(const lm_page* page, FILE* out);

/// How the numbers came about, one sentence an item; ends with NULL.
extern const char* const lm__page_method_notes[];

#endif  // LITMARK_REPORTS_PAGE_H_
