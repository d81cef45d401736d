// SPDX-License-Identifier: MIT
//
// What a plot draws: the rows of its TSV file and the numbers in front of its script.
#ifndef LITMARK_REPORTS_PLOT_DATA_H_
#define LITMARK_REPORTS_PLOT_DATA_H_

#include <stdio.h>

#include "merge.h"

/// A plot cannot be read with more rows than that; the tables have them all.
enum { LM_PLOT_MAX_ROWS = 60 };

typedef struct lm_plot_data {
  const char *header, *rows;  ///< tab-separated; `header` is one line, both without labels' hazards
  const char* settings;       ///< gnuplot assignments: numbers, and words out of this program
  int row_count, left_out;
} lm_plot_data;

/// Fills in the rows; row_count 0: there is nothing to draw.
void lm__plot_latency_data(lm_pool* pool, const lm_merged* merged, lm_plot_data* out);
void lm__plot_accuracy_data(lm_pool* pool, const lm_merged* merged, lm_plot_data* out);
void lm__plot_size_data(lm_pool* pool, const lm_merged* merged, lm_plot_data* out);
void lm__plot_memory_data(lm_pool* pool, const lm_merged* merged, lm_plot_data* out);
void lm__plot_times_data(lm_pool* pool, const lm_merged* merged, lm_plot_data* out);
void lm__plot_roofline_data(lm_pool* pool, const lm_merged* merged, lm_plot_data* out);
void lm__plot_engines_data(lm_pool* pool, const lm_merged* merged, lm_plot_data* out);

/// Text for gnuplot: what it or SVG could take for more than a character is replaced by a
/// lookalike.
const char* lm__plot_label(lm_pool* pool, const char* text, size_t width);

/// Width in pixels that a label takes, about.
double lm__plot_text_width(const char* label);

/// Text that grows. Failures are remembered by the pool when the text is taken.
typedef struct lm_writer {
  FILE* stream;
  char* buffer;
  size_t size;
} lm_writer;

bool lm__writer_open(lm_writer* writer, lm_pool* pool);
const char* lm__writer_take(lm_writer* writer, lm_pool* pool);

/// Colours by precision, and which of them a plot needs a key for.
typedef struct lm_plot_key {
  unsigned used;
} lm_plot_key;

unsigned lm__plot_colour(lm_plot_key* key, const char* precision);
/// "names = ...; colours = ..." for the precisions that were asked for.
void lm__plot_write_key(FILE* out, lm_plot_key key);

#endif  // LITMARK_REPORTS_PLOT_DATA_H_
