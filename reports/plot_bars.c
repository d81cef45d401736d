// SPDX-License-Identifier: MIT
//
// The plots of horizontal bars: latency, size, memory, times on a device.
#include <math.h>

#include "number_text.h"
#include "plot_data.h"
#include "tables.h"

enum { LABEL_WIDTH = 44, PLOT_WIDTH = 900, ROW_HEIGHT = 26, TOP = 44, BOTTOM = 56 };

typedef struct bars {
  lm_writer rows, settings;
  double left, text, max;  ///< widest label, widest value in pixels; longest bar
  int count, left_out;
} bars;

static bool bars_open(bars* b, lm_pool* pool) {
  *b = (bars){0};
  if (!lm__writer_open(&b->rows, pool)) return false;
  if (lm__writer_open(&b->settings, pool)) return true;
  lm__writer_take(&b->rows, pool);
  return false;
}

// The axis reaches so far beyond the longest bar that the text at its end has room.
static void bars_close(bars* b, lm_pool* pool, const char* header, lm_plot_data* out) {
  const double left = b->left + 24, right = PLOT_WIDTH - 12, span = right - left;
  const double room = span - b->text - 24 > 100 ? span - b->text - 24 : 100;
  fprintf(b->settings.stream,
          "width = %d\nheight = %d\nleft = %.0f\nright = %.0f\ntop = %d\nbottom = %d\n"
          "rows = %d\nxmax = %.9g\n",
          PLOT_WIDTH, TOP + BOTTOM + b->count * ROW_HEIGHT, left, right, TOP, BOTTOM, b->count,
          (b->max > 0 ? b->max : 1) * span / room);
  *out = (lm_plot_data){.header = header,
                        .rows = lm__writer_take(&b->rows, pool),
                        .settings = lm__writer_take(&b->settings, pool),
                        .row_count = b->count,
                        .left_out = b->left_out};
}

static bool bars_take_row(bars* b, const char* label, const char* value, double end) {
  if (b->count == LM_PLOT_MAX_ROWS) {
    ++b->left_out;
    return false;
  }
  b->left = fmax(b->left, lm__plot_text_width(label));
  b->text = fmax(b->text, lm__plot_text_width(value));
  b->max = fmax(b->max, end);
  return true;
}

static const char* row_label(lm_pool* pool, const lm_merged* merged, const lm_result* r) {
  const char* name = lm__merge_short_name(merged, &r->model);
  const char* model = lm__pool_shorten(pool, name, LABEL_WIDTH - 16);
  return lm__plot_label(pool, lm__pool_print(pool, "%s · %s", model, lm__tables_where(pool, r)),
                        LABEL_WIDTH + 16);
}

static bool is_drawn(const lm_result* r) { return !r->is_eval && r->latency.median > 0; }

void lm__plot_latency_data(lm_pool* pool, const lm_merged* merged, lm_plot_data* out) {
  *out = (lm_plot_data){0};
  bars b;
  if (!bars_open(&b, pool)) return;
  lm_plot_key key = {0};
  double least = INFINITY, most = 0;
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[merged->order[i]];
    if (!is_drawn(r)) continue;
    const lm_latency_facts* l = &r->latency;
    const double low = isnan(l->ci95.low) ? l->median : l->ci95.low;
    const double high = isnan(l->ci95.high) ? l->median : l->ci95.high;
    const char* label = row_label(pool, merged, r);
    const char* value = lm__text_fixed(pool, l->median, lm__text_decimals(l->median));
    if (!bars_take_row(&b, label, value, fmax(high, l->median))) continue;
    least = fmin(least, low > 0 ? low : l->median);
    most = fmax(most, high);
    fprintf(b.rows.stream, "%d\t%s\t%.9g\t%.9g\t%.9g\t%u\t%s\n", b.count++, label, l->median, low,
            high, lm__plot_colour(&key, r->model.precision), value);
  }
  lm__plot_write_key(b.settings.stream, key);
  const bool logarithmic = most > 40 * least;
  fprintf(b.settings.stream, "logarithmic = %d\nxmin = %.9g\n", logarithmic, least / 1.4);
  // On a logarithmic axis the room for the text is a factor, not an amount.
  if (logarithmic) b.max *= 1.3;
  bars_close(&b, pool, "row\tlabel\tmedian_ms\tci95_low_ms\tci95_high_ms\tcolour\ttext", out);
}

void lm__plot_size_data(lm_pool* pool, const lm_merged* merged, lm_plot_data* out) {
  *out = (lm_plot_data){0};
  bars b;
  if (!bars_open(&b, pool)) return;
  lm_plot_key key = {0};
  for (int f = 0; f < merged->family_count; ++f) {
    for (int i = 0; i < merged->model_count; ++i) {
      const lm_model_facts* m = merged->models[i].facts;
      if (merged->models[i].family != f || isnan(m->bytes)) continue;
      const char* label = lm__plot_label(pool, lm__merge_short_name(merged, m), LABEL_WIDTH);
      const char* value = lm__text_bytes(pool, m->bytes);
      const double mib = m->bytes / 1048576;
      if (!bars_take_row(&b, label, value, mib)) continue;
      fprintf(b.rows.stream, "%d\t%s\t%.9g\t%.9g\t%u\t%s\n", b.count++, label, mib,
              isnan(m->weight_bytes) ? 0 : m->weight_bytes / 1048576,
              lm__plot_colour(&key, m->precision), value);
    }
  }
  lm__plot_write_key(b.settings.stream, key);
  bars_close(&b, pool, "row\tlabel\tfile_MiB\tweights_MiB\tcolour\ttext", out);
}

void lm__plot_memory_data(lm_pool* pool, const lm_merged* merged, lm_plot_data* out) {
  *out = (lm_plot_data){0};
  bars b;
  if (!bars_open(&b, pool)) return;
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[merged->order[i]];
    const double peak = lm__tables_peak(r);
    if (r->is_eval || isnan(peak)) continue;
    const char* label = row_label(pool, merged, r);
    const char* value = lm__text_bytes(pool, peak);
    if (!bars_take_row(&b, label, value, peak / 1048576)) continue;
    fprintf(b.rows.stream, "%d\t%s", b.count++, label);
    double reached = 0;
    for (int k = 0; k < LM_PEAK_COUNT; ++k) {
      reached = fmax(reached, r->memory.peak[k]);
      fprintf(b.rows.stream, "\t%.9g", reached / 1048576);
    }
    fprintf(b.rows.stream, "\t%s\n", value);
  }
  bars_close(&b, pool, "row\tlabel\tbaseline_MiB\tload_MiB\tplan_MiB\tfirst_MiB\tsteady_MiB\ttext",
             out);
}

// The pieces lie side by side in the order in which they happen; a negative one (a difference of
// medians) has no length.
static void write_pieces(FILE* out, const lm_time_facts* f) {
  const double parts[] = {f->upload, f->enqueue, f->wait, f->download, f->rest, f->outside};
  double end = 0;
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; ++i) {
    end += fmax(0, 100 * parts[i] / f->invocation);
    fprintf(out, "\t%.9g", end);
  }
  const double begin = 100 * f->upload / f->invocation;
  if (isnan(f->device)) {
    fputs("\tNaN\tNaN", out);
  } else {
    fprintf(out, "\t%.9g\t%.9g", begin, begin + 100 * f->device / f->invocation);
  }
}

void lm__plot_times_data(lm_pool* pool, const lm_merged* merged, lm_plot_data* out) {
  *out = (lm_plot_data){0};
  bars b;
  if (!bars_open(&b, pool)) return;
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[merged->order[i]];
    const lm_time_facts* f = &r->times;
    if (r->is_eval || !(f->invocation > 0)) continue;
    const char* label = row_label(pool, merged, r);
    const char* value = lm__pool_print(
        pool, "%s ms", lm__text_fixed(pool, f->invocation, lm__text_decimals(f->invocation)));
    if (!bars_take_row(&b, label, value, fmax(100, 100 * f->device / f->invocation))) continue;
    fprintf(b.rows.stream, "%d\t%s", b.count++, label);
    write_pieces(b.rows.stream, f);
    fprintf(b.rows.stream, "\t%s\n", value);
  }
  bars_close(&b, pool,
             "row\tlabel\tupload_end\tenqueue_end\twait_end\tdownload_end\trest_end\tother_end\t"
             "device_begin\tdevice_end\ttext",
             out);
}
