// SPDX-License-Identifier: MIT
//
// Ops by arithmetic intensity and speed, below what the machine can do. One machine a plot: the
// first file that has both profiled ops and bandwidths.
#include <math.h>
#include <string.h>

#include "plot_data.h"

enum { WIDTH = 900, HEIGHT = 520, LEFT = 72, RIGHT = 876, TOP = 44, BOTTOM = 60, MAX_POINTS = 600 };
// Ops that take less than that of a model's time would hide those that matter.
static const double kLeastShare = 0.005;

// Rows of the data, by what they draw.
enum { ROW_POINT, ROW_ROOF, ROW_SLOPE };

typedef struct roofline {
  const lm_file_context* file;
  int source;
  double threads;
  double x_min, x_max, y_min, y_max;
} roofline;

static bool is_point(const lm_op_facts* op) {
  // Without a fraction it ran on another device, or in a type that has no roof.
  return op->macs > 0 && op->bytes > 0 && op->macs_per_second > 0 && op->fraction_of_peak > 0 &&
         op->share >= kLeastShare;
}

static bool belongs(const roofline* plot, const lm_result* r) {
  return !r->is_eval && r->source == plot->source && r->threads == plot->threads &&
         lm__merge_is_usable(r);
}

// The machine, and the smallest number of threads for which it has rows with ops and bandwidths.
static bool choose(const lm_merged* merged, roofline* out) {
  const lm_results* results = merged->results;
  for (int i = 0; i < results->count; ++i) {
    const lm_result* r = &results->items[i];
    const lm_file_context* file = &results->files[r->source];
    if (r->is_eval || r->op_count == 0 || !lm__merge_is_usable(r)) continue;
    if (out->file != NULL && (r->source != out->source || r->threads >= out->threads)) continue;
    bool measured = false;
    for (int k = 0; k < file->read_count; ++k) measured |= file->reads[k].threads == r->threads;
    if (!measured) continue;
    *out = (roofline){.file = file, .source = r->source, .threads = r->threads};
  }
  return out->file != NULL;
}

// The fastest rate of a type, in GMAC/s; 0: none.
static double best_rate(const roofline* plot, const char* type) {
  double best = 0;
  for (int i = 0; i < plot->file->rate_count; ++i) {
    const lm_rate_facts* rate = &plot->file->rates[i];
    if (rate->threads != plot->threads || strcmp(rate->type, type) != 0) continue;
    best = fmax(best, 1e-9 * rate->macs.best);  // a NAN does not win
  }
  return best;
}

static double highest_rate(const roofline* plot) {
  double best = 0;
  for (int i = 0; i < plot->file->rate_count; ++i) {
    best = fmax(best, best_rate(plot, plot->file->rates[i].type));
  }
  return best;
}

static double highest_bandwidth(const roofline* plot) {
  double best = 0;
  for (int i = 0; i < plot->file->read_count; ++i) {
    const lm_read_facts* read = &plot->file->reads[i];
    if (read->threads == plot->threads) best = fmax(best, 1e-9 * read->bytes.best);
  }
  return best;
}

static int write_points(const lm_merged* merged, roofline* plot, FILE* out, lm_plot_key* key,
                        int* left_out) {
  int count = 0;
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[merged->order[i]];
    if (!belongs(plot, r)) continue;
    for (int k = 0; k < r->op_count; ++k) {
      const lm_op_facts* op = &r->ops[k];
      if (!is_point(op)) continue;
      if (count == MAX_POINTS) {
        ++*left_out;
        continue;
      }
      const double x = op->macs / op->bytes, y = 1e-9 * op->macs_per_second;
      plot->x_min = count == 0 ? x : fmin(plot->x_min, x);
      plot->x_max = count == 0 ? x : fmax(plot->x_max, x);
      plot->y_min = count == 0 ? y : fmin(plot->y_min, y);
      plot->y_max = count == 0 ? y : fmax(plot->y_max, y);
      fprintf(out, "%d\t%.9g\t%.9g\t%.9g\t%.9g\t%u\tnode %.0f\n", ROW_POINT, x, y, x, y,
              lm__plot_colour(key, r->model.precision), op->index);
      ++count;
    }
  }
  return count;
}

// A roof begins where the fastest memory reaches it; a slope ends where it meets the highest roof.
static void write_roofs(const roofline* plot, FILE* out) {
  const double bandwidth = highest_bandwidth(plot), rate = highest_rate(plot);
  static const char* const kTypes[] = {"float32", "int8", "bfloat16"};
  for (size_t i = 0; i < sizeof kTypes / sizeof kTypes[0]; ++i) {
    const double y = best_rate(plot, kTypes[i]);
    if (!(y > 0) || !(bandwidth > 0)) continue;
    fprintf(out, "%d\t%.9g\t%.9g\t%.9g\t%.9g\t0\t%s %.0f GMAC/s\n", ROW_ROOF,
            fmax(y / bandwidth, plot->x_min), y, plot->x_max, y, kTypes[i], y);
  }
  static const char* const kLevels[] = {"L1", "L2", "L3", "DRAM"};
  for (int i = 0; i < plot->file->read_count && rate > 0; ++i) {
    const lm_read_facts* read = &plot->file->reads[i];
    const double slope = 1e-9 * read->bytes.best;
    if (read->threads != plot->threads || !(slope > 0)) continue;
    const double begin = fmax(plot->x_min, plot->y_min / slope), end = rate / slope;
    if (end <= begin) continue;
    for (size_t k = 0; k < sizeof kLevels / sizeof kLevels[0]; ++k) {
      if (strcmp(kLevels[k], read->level) != 0) continue;
      fprintf(out, "%d\t%.9g\t%.9g\t%.9g\t%.9g\t0\t%s %.0f GB/s\n", ROW_SLOPE, begin, slope * begin,
              end, rate, kLevels[k], slope);
    }
  }
}

void lm__plot_roofline_data(lm_pool* pool, const lm_merged* merged, lm_plot_data* out) {
  *out = (lm_plot_data){0};
  roofline plot = {0};
  lm_writer rows, settings;
  if (!choose(merged, &plot) || !lm__writer_open(&rows, pool)) return;
  lm_plot_key key = {0};
  const int count = write_points(merged, &plot, rows.stream, &key, &out->left_out);
  // All slopes are seen, whatever the ops are.
  const double bandwidth = highest_bandwidth(&plot), rate = highest_rate(&plot);
  if (bandwidth > 0 && rate > 0) plot.x_min = fmin(plot.x_min, rate / bandwidth);
  plot.x_min /= 2;
  plot.x_max *= 2;
  plot.y_min /= 2;
  plot.y_max = 1.6 * fmax(plot.y_max, highest_rate(&plot));
  write_roofs(&plot, rows.stream);
  out->rows = lm__writer_take(&rows, pool);
  out->header = "what\tmacs_per_byte\tgmacs_per_second\tend_x\tend_y\tcolour\tlabel";
  if (count == 0 || !lm__writer_open(&settings, pool)) return;
  fprintf(settings.stream,
          "width = %d\nheight = %d\nleft = %d\nright = %d\ntop = %d\nbottom = %d\n"
          "xmin = %.9g\nxmax = %.9g\nymin = %.9g\nymax = %.9g\n",
          WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM, plot.x_min, plot.x_max, plot.y_min, plot.y_max);
  lm__plot_write_key(settings.stream, key);
  out->settings = lm__writer_take(&settings, pool);
  out->row_count = count;
}
