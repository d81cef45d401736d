// SPDX-License-Identifier: MIT
//
// Accuracy against latency: one point a model and delegate, at its fastest number of threads.
#include <math.h>
#include <string.h>

#include "label_layout.h"
#include "plot_data.h"
#include "tables.h"

enum { WIDTH = 900, HEIGHT = 500, LEFT = 72, RIGHT = 876, TOP = 44, BOTTOM = 60, LABEL_WIDTH = 40 };

typedef struct point {
  const lm_result *bench, *eval;
  double x, x_low, x_high, y, y_low, y_high;
  const char* label;
} point;

typedef struct axis {
  double min, max, first_px, last_px;
  bool logarithmic;
} axis;

static double to_pixel(const axis* a, double value) {
  const double part = a->logarithmic ? log(value / a->min) / log(a->max / a->min)
                                     : (value - a->min) / (a->max - a->min);
  return a->first_px + part * (a->last_px - a->first_px);
}

static double from_pixel(const axis* a, double pixel) {
  const double part = (pixel - a->first_px) / (a->last_px - a->first_px);
  return a->logarithmic ? a->min * pow(a->max / a->min, part) : a->min + part * (a->max - a->min);
}

static int find_point(const point* points, int count, const lm_result* r) {
  for (int i = 0; i < count; ++i) {
    if (strcmp(points[i].bench->model.sha256, r->model.sha256) == 0 &&
        strcmp(points[i].bench->delegate, r->delegate) == 0) {
      return i;
    }
  }
  return -1;
}

static void fill_point(lm_pool* pool, const lm_merged* merged, point* p) {
  const lm_latency_facts* l = &p->bench->latency;
  const lm_score* s = &p->eval->top1;
  p->x = l->median;
  p->x_low = l->ci95.low > 0 ? l->ci95.low : l->median;
  p->x_high = isnan(l->ci95.high) ? l->median : l->ci95.high;
  p->y = s->ratio * 100;
  p->y_low = isnan(s->ci95.low) ? p->y : s->ci95.low * 100;
  p->y_high = isnan(s->ci95.high) ? p->y : s->ci95.high * 100;
  const char* name =
      lm__pool_shorten(pool, lm__merge_short_name(merged, &p->bench->model), LABEL_WIDTH - 12);
  p->label =
      lm__plot_label(pool, lm__pool_print(pool, "%s · %s", name, p->bench->delegate), LABEL_WIDTH);
}

static int collect(lm_pool* pool, const lm_merged* merged, point* points, int* left_out) {
  int count = 0;
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[merged->order[i]];
    if (r->is_eval || !(r->latency.median > 0) || !lm__merge_is_usable(r)) continue;
    const lm_result* eval = lm__merge_eval_of(merged->results, r);
    if (eval == NULL || isnan(eval->top1.ratio)) continue;
    int at = find_point(points, count, r);
    if (at >= 0 && points[at].bench->latency.median <= r->latency.median) continue;
    if (at < 0 && count == LM_PLOT_MAX_ROWS) {
      ++*left_out;
      continue;
    }
    if (at < 0) at = count++;
    points[at] = (point){.bench = r, .eval = eval};
    fill_point(pool, merged, &points[at]);
  }
  return count;
}

static void choose_axes(const point* points, int count, axis* x, axis* y) {
  double x_min = INFINITY, x_max = 0, y_min = 100, y_max = 0;
  for (int i = 0; i < count; ++i) {
    x_min = fmin(x_min, points[i].x_low);
    x_max = fmax(x_max, points[i].x_high);
    y_min = fmin(y_min, points[i].y_low);
    y_max = fmax(y_max, points[i].y_high);
  }
  x->logarithmic = x_max > 6 * x_min;
  x->min = x->logarithmic ? x_min / 1.3 : 0;
  x->max = x->logarithmic ? x_max * 1.3 : x_max * 1.12;
  x->first_px = LEFT;
  x->last_px = RIGHT;
  const double pad = fmax(0.12 * (y_max - y_min), 0.25);
  y->logarithmic = false;
  y->min = y_min - pad;
  y->max = y_max + pad;
  y->first_px = HEIGHT - BOTTOM;
  y->last_px = TOP;
}

static void place_labels(const point* points, int count, const axis* x, const axis* y,
                         lm_placed_label* labels) {
  for (int i = 0; i < count; ++i) {
    const point* p = &points[i];
    labels[i] = (lm_placed_label){
        .x = to_pixel(x, p->x),
        .y = to_pixel(y, p->y),
        .whiskers = {to_pixel(x, p->x_low), to_pixel(y, p->y_high), to_pixel(x, p->x_high),
                     to_pixel(y, p->y_low)},
        .width = lm__plot_text_width(p->label),
    };
  }
  lm__label_layout(labels, count, (lm_box){LEFT, TOP, RIGHT, HEIGHT - BOTTOM});
}

static void write_point(FILE* out, const point* p, const lm_placed_label* label, const axis* x,
                        const axis* y, unsigned colour) {
  const double line_x = label->needs_line ? from_pixel(x, label->label_x) : p->x;
  const double line_y = label->needs_line ? from_pixel(y, label->label_y) : p->y;
  fprintf(out, "%.9g\t%.9g\t%.9g\t%.9g\t%.9g\t%.9g\t%u\t%s\t%.9g\t%.9g\t%d\t%.9g\t%.9g\n", p->x,
          p->x_low, p->x_high, p->y, p->y_low, p->y_high, colour, p->label,
          from_pixel(x, label->label_x), from_pixel(y, label->label_y), label->align, line_x,
          line_y);
}

void lm__plot_accuracy_data(lm_pool* pool, const lm_merged* merged, lm_plot_data* out) {
  *out = (lm_plot_data){0};
  point* points = lm__pool_array(pool, LM_PLOT_MAX_ROWS, sizeof *points);
  lm_placed_label* labels = lm__pool_array(pool, LM_PLOT_MAX_ROWS, sizeof *labels);
  lm_writer rows, settings;
  if (points == NULL || labels == NULL) return;
  const int count = collect(pool, merged, points, &out->left_out);
  if (count == 0 || !lm__writer_open(&rows, pool)) return;
  axis x, y;
  choose_axes(points, count, &x, &y);
  place_labels(points, count, &x, &y, labels);
  lm_plot_key key = {0};
  for (int i = 0; i < count; ++i) {
    write_point(rows.stream, &points[i], &labels[i], &x, &y,
                lm__plot_colour(&key, points[i].bench->model.precision));
  }
  out->rows = lm__writer_take(&rows, pool);
  out->header =
      "median_ms\tci95_low_ms\tci95_high_ms\ttop1_percent\tci95_low_percent\tci95_high_percent\t"
      "colour\tlabel\tlabel_x\tlabel_y\talign\tline_x\tline_y";
  if (!lm__writer_open(&settings, pool)) return;
  fprintf(settings.stream,
          "width = %d\nheight = %d\nleft = %d\nright = %d\ntop = %d\nbottom = %d\n"
          "xmin = %.9g\nxmax = %.9g\nymin = %.9g\nymax = %.9g\nlogarithmic = %d\n",
          WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM, x.min, x.max, y.min, y.max, x.logarithmic);
  lm__plot_write_key(settings.stream, key);
  out->settings = lm__writer_take(&settings, pool);
  out->row_count = count;
}
