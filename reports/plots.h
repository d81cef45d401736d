// SPDX-License-Identifier: MIT
//
// The plots of the report. Each is a TSV file with the data, a gnuplot script that holds the same
// data (so that `gnuplot latency.gp > latency.svg` draws it again) and the SVG.
#ifndef LITMARK_REPORTS_PLOTS_H_
#define LITMARK_REPORTS_PLOTS_H_

#include "merge.h"

enum { LM_MAX_PLOTS = 7 };

typedef struct lm_plot {
  const char *name, *title, *caption;
  const char* svg;  ///< ready to stand inside HTML; NULL when it could not be drawn
} lm_plot;

typedef struct lm_plots {
  lm_plot items[LM_MAX_PLOTS];  ///< only those for which there is data
  int count;
  const char* problem;  ///< why plots are missing; NULL when none is
} lm_plots;

/// Writes DIR/plots/ and draws what there is data for. A gnuplot that is missing or fails is no
/// failure here: `problem` says so.
lm_status lm__plots_draw(lm_pool* pool, const lm_merged* merged, const char* directory,
                         lm_plots* out, lm_error* err);

#endif  // LITMARK_REPORTS_PLOTS_H_
