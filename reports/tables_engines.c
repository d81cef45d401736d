// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "number_text.h"
#include "tables.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))
enum { MAX_ENGINES = 12, FIXED_COLUMNS = 3 };

// The engines of a report in the order of their first appearance.
typedef struct engine_names {
  const char* names[MAX_ENGINES];
  bool is_baseline[MAX_ENGINES];
  int count;
} engine_names;

static engine_names collect_names(const lm_results* results) {
  engine_names all = {.count = 0};
  for (int i = 0; i < results->contest_count; ++i) {
    const lm_contest* c = &results->contests[i];
    int k = 0;
    while (k < all.count && strcmp(all.names[k], c->engine) != 0) ++k;
    if (k == MAX_ENGINES) continue;
    if (k == all.count) all.names[all.count++] = c->engine;
    all.is_baseline[k] |= c->is_baseline;
  }
  return all;
}

static const lm_contest* find(const lm_results* results, int row, const char* engine) {
  for (int i = 0; i < results->contest_count; ++i) {
    const lm_contest* c = &results->contests[i];
    if (c->row == row && strcmp(c->engine, engine) == 0) return c;
  }
  return NULL;
}

static bool was_measured(const lm_contest* c) { return strcmp(c->status, "measured") == 0; }

static double smallest_median(const lm_results* results) {
  double smallest = NAN;
  for (int i = 0; i < results->contest_count; ++i) {
    if (results->contests[i].median > 0) smallest = fmin(smallest, results->contests[i].median);
  }
  return smallest;
}

static const char* ratio_text(lm_pool* pool, const lm_contest* c) {
  const char* times = lm__text_times(pool, c->ratio);
  const char* bounds = lm__text_interval(pool, c->ratio_ci95, 2);
  if (times == NULL || bounds == NULL) return times;
  return lm__pool_print(pool, "%s (%s)", times, bounds);
}

static lm_tone ratio_tone(const lm_contest* c) {
  return c->ratio_ci95.low > 1    ? LM_TONE_GOOD
         : c->ratio_ci95.high < 1 ? LM_TONE_BAD
                                  : LM_TONE_MUTED;
}

// Variants of the baseline's own runtime and of other arithmetic are no peers.
static bool is_peer(const lm_contest* c) {
  const size_t length = strlen(c->engine), suffix = strlen("-default");
  return !c->is_baseline && strncmp(c->engine, "litmark", 7) != 0 &&
         (length < suffix || strcmp(c->engine + length - suffix, "-default") != 0);
}

const lm_contest* lm__tables_fastest_peer(const lm_results* results, int row) {
  const lm_contest* best = NULL;
  for (int i = 0; i < results->contest_count; ++i) {
    const lm_contest* c = &results->contests[i];
    if (c->row == row && c->ratio > 0 && is_peer(c) && (best == NULL || c->ratio < best->ratio)) {
      best = c;
    }
  }
  return best;
}

static void add_fastest_peer(lm_table* t, lm_pool* pool, const lm_results* results, int row) {
  const lm_contest* best = lm__tables_fastest_peer(results, row);
  if (best == NULL) {
    lm__table_add(t, NULL);
    return;
  }
  lm__table_add(t, lm__pool_print(pool, "%s %s", best->engine, lm__text_times(pool, best->ratio)))
      ->tone = ratio_tone(best);
}

static const lm_column* side_by_side_columns(lm_pool* pool, const engine_names* all, int* count) {
  lm_column* columns = lm__pool_array(pool, FIXED_COLUMNS + 2 * MAX_ENGINES + 1, sizeof *columns);
  if (columns == NULL) return NULL;
  int n = 0;
  columns[n++] = (lm_column){"Model", false, NULL};
  columns[n++] = (lm_column){"Type", false, NULL};
  columns[n++] = (lm_column){"Threads", true, NULL};
  for (int k = 0; k < all->count; ++k) {
    columns[n++] = (lm_column){lm__pool_print(pool, "%s ms", all->names[k]), true,
                               "median over the blocks of the blocks' medians"};
    if (all->is_baseline[k]) continue;
    columns[n++] = (lm_column){lm__pool_print(pool, "%s / baseline", all->names[k]), true,
                               "time divided by the baseline's, with its 95 % interval; above 1 "
                               "the baseline is faster"};
  }
  columns[n++] = (lm_column){"Fastest peer", false,
                             "the least ratio, without variants that compute otherwise"};
  *count = n;
  return columns;
}

static void add_side_by_side(lm_table* t, lm_pool* pool, const lm_results* results,
                             const engine_names* all, int row, int decimals) {
  for (int k = 0; k < all->count; ++k) {
    const lm_contest* c = find(results, row, all->names[k]);
    const char* median = c == NULL         ? NULL
                         : was_measured(c) ? lm__text_fixed(pool, c->median, decimals)
                                           : c->status;
    lm_cell* cell = lm__table_add(t, median);
    if (all->is_baseline[k]) {
      cell->tone = LM_TONE_STRONG;
      continue;
    }
    lm_cell* ratio = lm__table_add(t, c != NULL ? ratio_text(pool, c) : NULL);
    if (c != NULL) ratio->tone = ratio_tone(c);
  }
}

lm_table lm__table_engines(lm_pool* pool, const lm_merged* merged) {
  const lm_results* results = merged->results;
  const engine_names all = collect_names(results);
  int columns = 0;
  lm_table t;
  const lm_column* titles = side_by_side_columns(pool, &all, &columns);
  lm__table_init(&t, pool, NULL, titles, columns);
  if (titles == NULL) return t;
  const int decimals = lm__text_decimals(smallest_median(results));
  const char* last_model = NULL;
  for (int i = 0; i < results->contest_count; ++i) {
    const lm_contest* c = &results->contests[i];
    if (i > 0 && results->contests[i - 1].row == c->row) continue;
    if (last_model != NULL && strcmp(last_model, c->model.name) != 0) lm__table_start_group(&t);
    last_model = c->model.name;
    lm__table_add(&t, c->model.name);
    lm__table_add(&t, c->model.precision);
    lm__table_add(&t, lm__text_fixed(pool, c->threads, 0));
    add_side_by_side(&t, pool, results, &all, c->row, decimals);
    add_fastest_peer(&t, pool, results, c->row);
  }
  lm__table_prune(&t);
  return t;
}

static const char* output_text(lm_pool* pool, const lm_contest* c) {
  if (c->why_unknown != NULL) return lm__pool_print(pool, "unknown: %s", c->why_unknown);
  if (!isnan(c->max_relative)) return lm__pool_print(pool, "relative %.1e", c->max_relative);
  if (isnan(c->mismatched)) return NULL;
  if (c->mismatched == 0) return "equal";
  return lm__pool_print(pool, "%.0f of %.0f differ, by up to %g", c->mismatched, c->elements,
                        c->max_abs);
}

static const char* remarks(lm_pool* pool, const lm_contest* c) {
  if (!was_measured(c)) {
    return lm__pool_print(pool, "%s: %s", c->status, c->message != NULL ? c->message : "");
  }
  if (!isnan(c->threads_used) && c->threads_used != c->threads) {
    return lm__pool_print(pool, "has %.0f threads", c->threads_used);
  }
  if (c->threads == 1 && c->processors < 0.95) {
    return lm__pool_print(pool, "had the processor for %.0f %% of the time", 100 * c->processors);
  }
  return NULL;
}

lm_table lm__table_engine_details(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"Model", false, NULL},
      {"Type", false, NULL},
      {"Threads", true, NULL},
      {"Engine", false, NULL},
      {"Median ms", true, "median over the blocks of the blocks' medians"},
      {"95 % CI", true, "of that median"},
      {"Output", false, "largest difference from the reference kernels"},
      {"Top-1", false, "the class with the largest score, against the reference kernels"},
      {"Processors", true, "processor time of the whole process over the measured time"},
      {"Load ms", true, "reading the file"},
      {"Compile ms", true, "from there to ready"},
      {"First ms", true, "first inference"},
      {"Blocks", true, NULL},
      {"Remarks", false, NULL},
  };
  const lm_results* results = merged->results;
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  const int decimals = lm__text_decimals(smallest_median(results));
  for (int i = 0; i < results->contest_count; ++i) {
    const lm_contest* c = &results->contests[i];
    if (i > 0 && results->contests[i - 1].row != c->row) lm__table_start_group(&t);
    lm__table_add(&t, c->model.name);
    lm__table_add(&t, c->model.precision);
    lm__table_add(&t, lm__text_fixed(pool, c->threads, 0));
    lm__table_add(&t, c->engine);
    lm__table_add(&t, lm__text_fixed(pool, c->median, decimals))->tone = LM_TONE_STRONG;
    lm__table_add(&t, lm__text_interval(pool, c->ci95, decimals));
    lm__table_add(&t, output_text(pool, c));
    lm_cell* top1 = lm__table_add(&t, c->top1_same < 0    ? NULL
                                      : c->top1_same == 1 ? "same"
                                                          : "differs");
    if (c->top1_same == 0) top1->tone = LM_TONE_BAD;
    lm__table_add(&t, lm__text_fixed(pool, c->processors, 2));
    lm__table_add(&t, lm__text_fixed(pool, c->load, 1));
    lm__table_add(&t, lm__text_fixed(pool, c->compile, 1));
    lm__table_add(&t, lm__text_fixed(pool, c->first, decimals));
    lm__table_add(&t, lm__text_fixed(pool, c->blocks, 0));
    lm__table_add(&t, remarks(pool, c))->tone = LM_TONE_MUTED;
  }
  lm__table_prune(&t);
  return t;
}

static bool is_repeated(const lm_results* results, int index) {
  const lm_engine_facts* e = &results->engines[index];
  for (int i = 0; i < index; ++i) {
    const lm_engine_facts* other = &results->engines[i];
    const bool same_version = e->version == NULL || other->version == NULL
                                  ? e->version == other->version
                                  : strcmp(e->version, other->version) == 0;
    if (strcmp(e->name, other->name) == 0 && same_version) return true;
  }
  return false;
}

lm_table lm__table_engine_versions(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {{"Engine", false, NULL},
                                       {"Version", false, NULL},
                                       {"What", false, NULL},
                                       {"Library", false, NULL}};
  const lm_results* results = merged->results;
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  for (int i = 0; i < results->engine_count; ++i) {
    if (is_repeated(results, i)) continue;
    lm__table_add(&t, results->engines[i].name);
    lm__table_add(&t, results->engines[i].version);
    lm__table_add(&t, results->engines[i].what);
    lm__table_add(&t, results->engines[i].path)->tone = LM_TONE_MUTED;
  }
  lm__table_prune(&t);
  return t;
}

static void add_raw(lm_table* t, lm_pool* pool, double value) {
  lm__table_add(t, isnan(value) ? NULL : lm__pool_print(pool, "%.9g", value))->is_number = true;
}

lm_table lm__table_engines_csv(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"model", false, NULL},
      {"model_sha256", false, NULL},
      {"precision", false, NULL},
      {"threads", true, NULL},
      {"engine", false, NULL},
      {"is_baseline", true, NULL},
      {"status", false, NULL},
      {"message", false, NULL},
      {"median_ms", true, NULL},
      {"median_ci95_low_ms", true, NULL},
      {"median_ci95_high_ms", true, NULL},
      {"ratio", true, NULL},
      {"ratio_ci95_low", true, NULL},
      {"ratio_ci95_high", true, NULL},
      {"blocks", true, NULL},
      {"processors", true, NULL},
      {"threads_used", true, NULL},
      {"load_ms", true, NULL},
      {"compile_ms", true, NULL},
      {"first_inference_ms", true, NULL},
      {"elements", true, NULL},
      {"mismatched", true, NULL},
      {"max_abs", true, NULL},
      {"max_relative", true, NULL},
      {"top1_same", true, NULL},
  };
  const lm_results* results = merged->results;
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  for (int i = 0; i < results->contest_count; ++i) {
    const lm_contest* c = &results->contests[i];
    lm__table_add(&t, c->model.name);
    lm__table_add(&t, c->model.sha256);
    lm__table_add(&t, c->model.precision);
    add_raw(&t, pool, c->threads);
    lm__table_add(&t, c->engine);
    add_raw(&t, pool, c->is_baseline);
    lm__table_add(&t, c->status);
    lm__table_add(&t, c->message);
    const double values[] = {c->median,
                             c->ci95.low,
                             c->ci95.high,
                             c->ratio,
                             c->ratio_ci95.low,
                             c->ratio_ci95.high,
                             c->blocks,
                             c->processors,
                             c->threads_used,
                             c->load,
                             c->compile,
                             c->first,
                             c->elements,
                             c->mismatched,
                             c->max_abs,
                             c->max_relative,
                             c->top1_same < 0 ? NAN : (double)c->top1_same};
    for (int v = 0; v < COUNT_OF(values); ++v) add_raw(&t, pool, values[v]);
  }
  return t;
}
