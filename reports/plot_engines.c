// SPDX-License-Identifier: MIT
//
// The plot of ratios between engines: a group of bars for every model and number of threads.
#include <math.h>
#include <string.h>

#include "number_text.h"
#include "plot_data.h"

enum { LABEL_WIDTH = 40, PLOT_WIDTH = 900, BAR_HEIGHT = 17, TOP = 24, BOTTOM = 56, MAX_NAMES = 16 };
static const double kGap = 0.7;  // between groups, in bars

static const unsigned kColours[] = {0x3b82f6, 0x10b981, 0xf59e0b, 0xec4899,
                                    0x8b5cf6, 0x06b6d4, 0x64748b, 0xa8a29e};
enum { COLOUR_COUNT = sizeof kColours / sizeof kColours[0] };

static bool is_drawn(const lm_contest* c) { return c->ratio > 0; }

// The same engine has the same colour in every group: that of its first row in the files.
static unsigned colour_of(const lm_results* results, const lm_contest* c) {
  const char* seen[MAX_NAMES];
  int count = 0;
  for (int i = 0; i < results->contest_count && count < MAX_NAMES; ++i) {
    const lm_contest* other = &results->contests[i];
    if (!is_drawn(other)) continue;
    int k = 0;
    while (k < count && strcmp(seen[k], other->engine) != 0) ++k;
    if (k == count) seen[count++] = other->engine;
    if (strcmp(other->engine, c->engine) == 0) return kColours[k % COLOUR_COUNT];
  }
  return kColours[0];
}

static const char* group_label(lm_pool* pool, const lm_contest* c) {
  const char* name = lm__pool_shorten(pool, c->model.name, LABEL_WIDTH - 12);
  const char* label =
      lm__pool_print(pool, "%s · %.0f thread%s", name, c->threads, c->threads == 1 ? "" : "s");
  return lm__plot_label(pool, label, LABEL_WIDTH + 6);
}

typedef struct engine_bars {
  lm_writer rows;
  double y, left, text, max;
  int groups, left_out, last_row;
} engine_bars;

static int bars_of_group(const lm_results* results, int first) {
  int count = 0;
  for (int i = first; i < results->contest_count; ++i) {
    const lm_contest* c = &results->contests[i];
    count += c->row == results->contests[first].row && is_drawn(c);
  }
  return count;
}

static void add_bar(engine_bars* b, lm_pool* pool, const lm_results* results, int i) {
  const lm_contest* c = &results->contests[i];
  const char* label = "";
  double centre = b->y;
  if (c->row != b->last_row) {
    if (b->groups == LM_PLOT_MAX_ROWS) {
      ++b->left_out;
      return;
    }
    const int bars = bars_of_group(results, i);
    ++b->groups;
    b->last_row = c->row;
    b->y += kGap;
    label = group_label(pool, c);
    b->left = fmax(b->left, lm__plot_text_width(label));
    centre = b->y + 0.5 * bars;
  }
  const double low = isnan(c->ratio_ci95.low) ? c->ratio : c->ratio_ci95.low;
  const double high = isnan(c->ratio_ci95.high) ? c->ratio : c->ratio_ci95.high;
  const char* value = lm__plot_label(pool,
                                     lm__pool_print(pool, "%s %s", lm__text_times(pool, c->ratio),
                                                    lm__pool_shorten(pool, c->engine, 28)),
                                     40);
  fprintf(b->rows.stream, "%.9g\t%.9g\t%.9g\t%.9g\t%u\t%s\t%.9g\t%s\n", b->y + 0.5, c->ratio, low,
          high, colour_of(results, c), value, centre, label);
  b->text = fmax(b->text, lm__plot_text_width(value));
  b->max = fmax(b->max, high);
  b->y += 1;
}

void lm__plot_engines_data(lm_pool* pool, const lm_merged* merged, lm_plot_data* out) {
  *out = (lm_plot_data){0};
  const lm_results* results = merged->results;
  engine_bars b = {.last_row = -1, .max = 1};
  lm_writer settings;
  if (!lm__writer_open(&b.rows, pool)) return;
  if (!lm__writer_open(&settings, pool)) {
    lm__writer_take(&b.rows, pool);
    return;
  }
  for (int i = 0; i < results->contest_count; ++i) {
    if (is_drawn(&results->contests[i])) add_bar(&b, pool, results, i);
  }
  const double rows = b.y + kGap, left = b.left + 24, right = PLOT_WIDTH - 12;
  const double span = right - left;
  const double room = span - b.text - 24 > 100 ? span - b.text - 24 : 100;
  fprintf(settings.stream,
          "width = %d\nheight = %.0f\nleft = %.0f\nright = %.0f\ntop = %d\nbottom = %d\n"
          "rows = %.9g\nxmax = %.9g\n",
          PLOT_WIDTH, TOP + BOTTOM + rows * BAR_HEIGHT, left, right, TOP, BOTTOM, rows,
          b.max * span / room);
  *out = (lm_plot_data){
      .header = "y\tratio\tci95_low\tci95_high\tcolour\ttext\tgroup_y\tlabel",
      .rows = lm__writer_take(&b.rows, pool),
      .settings = lm__writer_take(&settings, pool),
      .row_count = b.groups,
      .left_out = b.left_out,
  };
}
