// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "number_text.h"
#include "tables.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

const char* lm__tables_delegate(lm_pool* pool, const lm_result* r) {
  if (r->ran_on == NULL || strcmp(r->ran_on, r->delegate) == 0) return r->delegate;
  const size_t asked = strlen(r->delegate);
  if (strncmp(r->ran_on, r->delegate, asked) == 0 && r->ran_on[asked] == '+') return r->ran_on;
  return lm__pool_print(pool, "%s: %s", r->delegate, r->ran_on);
}

const char* lm__tables_where(lm_pool* pool, const lm_result* r) {
  if (isnan(r->threads)) return r->delegate;
  const char* settings = r->settings != NULL ? lm__pool_print(pool, ", %s", r->settings) : "";
  const char* threads = lm__tables_threads(pool, r);
  if (r->device_info.name != NULL)
    return lm__pool_print(pool, "%s, %s%s", r->delegate, threads, settings);
  return lm__pool_print(pool, "%s, %s thread%s%s", r->delegate, threads, r->threads == 1 ? "" : "s",
                        settings);
}

const char* lm__tables_threads(lm_pool* pool, const lm_result* r) {
  const lm_device_facts* d = &r->device_info;
  if (d->name == NULL) return lm__text_fixed(pool, r->threads, 0);
  if (!(d->compute_units > 0)) return "device";
  return lm__pool_print(pool, "%.0f CU", d->compute_units);
}

double lm__tables_peak(const lm_result* r) {
  double peak = NAN;
  for (int i = 0; i < LM_PEAK_COUNT; ++i) peak = fmax(peak, r->memory.peak[i]);
  return peak;
}

static void add_verdict(lm_table* t, const lm_result* r) {
  lm_cell* cell = lm__table_add(t, r->verdict);
  if (r->verdict == NULL) return;
  cell->tone = strcmp(r->verdict, "VALID") == 0     ? LM_TONE_BADGE_GOOD
               : strcmp(r->verdict, "NOISY") == 0   ? LM_TONE_BADGE_WARN
               : strcmp(r->verdict, "TOO_FEW") == 0 ? LM_TONE_BADGE_NEUTRAL
                                                    : LM_TONE_BADGE_BAD;
}

static double smallest_median(const lm_merged* merged) {
  double smallest = NAN;
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[i];
    if (!r->is_eval && r->latency.median > 0) smallest = fmin(smallest, r->latency.median);
  }
  return smallest;
}

static const char* source_of(lm_pool* pool, const lm_merged* merged, const lm_result* r) {
  if (merged->results->file_count < 2) return NULL;
  const char* path = merged->results->files[r->source].path;
  const char* slash = strrchr(path, '/');
  return lm__pool_shorten(pool, slash != NULL ? slash + 1 : path, 40);
}

lm_table lm__table_overview(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"Model", false, NULL},      {"Type", false, NULL},     {"Delegate", false, NULL},
      {"Thr", true, NULL},         {"Median ms", true, NULL}, {"95% CI ms", true, NULL},
      {"Peak memory", true, NULL}, {"Top-1", true, NULL},     {"Verdict", false, NULL},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  const int decimals = lm__text_decimals(smallest_median(merged));
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[merged->order[i]];
    const lm_result* eval = r->is_eval ? r : lm__merge_eval_of(merged->results, r);
    lm__table_add(&t, r->model.name);
    lm__table_add(&t, r->model.precision);
    lm__table_add(&t, r->is_eval ? lm__pool_print(pool, "%s (eval)", r->delegate)
                                 : lm__tables_delegate(pool, r));
    lm__table_add(&t, lm__tables_threads(pool, r));
    lm__table_add(&t, lm__text_fixed(pool, r->latency.median, decimals));
    lm__table_add(&t, lm__text_interval(pool, r->latency.ci95, decimals));
    lm__table_add(&t, lm__text_bytes(pool, lm__tables_peak(r)));
    lm__table_add(&t, eval != NULL ? lm__text_percent(pool, eval->top1.ratio, 2) : NULL);
    lm__table_add(&t, r->verdict);
  }
  lm__table_prune(&t);
  return t;
}

static void add_headline(lm_table* t, lm_pool* pool, const lm_result* r, int decimals,
                         double slowest) {
  const lm_latency_facts* l = &r->latency;
  lm_cell* median = lm__table_add(t, lm__text_fixed(pool, l->median, decimals));
  median->tone = LM_TONE_STRONG;
  if (slowest > 0 && l->median > 0) median->share = l->median / slowest;
  lm__table_add(t, lm__text_interval(pool, l->ci95, decimals));
  add_verdict(t, r);
}

static void add_times(lm_table* t, lm_pool* pool, const lm_result* r, int decimals) {
  const lm_latency_facts* l = &r->latency;
  const lm_phase_facts* p = &r->phases;
  const double before[] = {l->p90, l->p95, l->p99, p->first, p->load, p->delegate_init, p->plan};
  for (int i = 0; i < COUNT_OF(before); ++i) {
    lm__table_add(t, lm__text_fixed(pool, before[i], decimals));
  }
  lm__table_add(t, lm__text_fixed(pool, l->count, 0));
  const double after[] = {l->mean, l->stddev, l->min};
  for (int i = 0; i < COUNT_OF(after); ++i) {
    lm__table_add(t, lm__text_fixed(pool, after[i], decimals));
  }
}

// Bars compare the rows of one family; across networks they would say nothing.
static double slowest_of_family(const lm_merged* merged, int family) {
  double slowest = NAN;
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[i];
    if (!r->is_eval && merged->models[merged->model_of[i]].family == family) {
      slowest = fmax(slowest, r->latency.median);
    }
  }
  return slowest;
}

lm_table lm__table_latency(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"Model", false, NULL},
      {"Type", false, "precision of the weights and activations"},
      {"Delegate", false, "what really ran; \"gpu: vulkan\": asked for gpu, ran on vulkan"},
      {"Threads", true, NULL},
      {"Median ms", true, "of the steady inferences; the bar compares rows of one network"},
      {"95 % CI", true, "distribution-free confidence interval of the median"},
      {"Verdict", false, "whether this row can be trusted"},
      {"p90", true, "only with at least 29 samples"},
      {"p95", true, "only with at least 59 samples"},
      {"p99", true, "only with at least 299 samples"},
      {"First", true, "first inference, ms"},
      {"Load", true, "reading and checking the file, ms"},
      {"Init", true, "opening the delegate, ms"},
      {"Plan", true, "shapes, arena and packing of weights, ms"},
      {"Samples", true, NULL},
      {"Mean", true, NULL},
      {"Std dev", true, NULL},
      {"Min", true, NULL},
      {"MAC/s", true, "multiply-accumulates of the model divided by the median"},
      {"Output check", false, "against the reference kernels"},
      {"Remarks", false, "reasons of the verdict"},
      {"Device", false, NULL},
      {"File", false, NULL},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  const int decimals = lm__text_decimals(smallest_median(merged));
  int family = -1;
  double slowest = NAN;
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[merged->order[i]];
    if (r->is_eval) continue;
    const int own = merged->models[lm__merge_model_of(merged, r)].family;
    if (own != family) {
      family = own;
      slowest = slowest_of_family(merged, family);
      lm__table_start_group(&t);
    }
    lm__table_add(&t, r->model.name);
    lm__table_add(&t, r->model.precision);
    lm__table_add(&t, lm__tables_delegate(pool, r));
    lm__table_add(&t, lm__tables_threads(pool, r));
    add_headline(&t, pool, r, decimals, slowest);
    add_times(&t, pool, r, decimals);
    lm__table_add(&t, lm__text_count(pool, r->macs_per_second));
    const char* skipped = r->check_why_skipped;
    lm_cell* check = lm__table_add(
        &t, skipped != NULL ? lm__pool_print(pool, "skipped: %s", skipped) : r->check_status);
    if (r->check_status != NULL && strcmp(r->check_status, "mismatch") == 0) {
      check->tone = LM_TONE_BADGE_BAD;
    }
    lm__table_add(&t, r->verdict_reasons)->tone = LM_TONE_MUTED;
    lm__table_add(&t, r->device)->tone = LM_TONE_MUTED;
    lm__table_add(&t, source_of(pool, merged, r))->tone = LM_TONE_MUTED;
  }
  lm__table_prune(&t);
  return t;
}

// Gain or loss against the base, in colour only where it is more than rounding.
static lm_tone ratio_tone(double ratio) {
  return isnan(ratio)   ? LM_TONE_PLAIN
         : ratio > 1.02 ? LM_TONE_GOOD
         : ratio < 0.98 ? LM_TONE_BAD
                        : LM_TONE_MUTED;
}

static void add_ratio(lm_table* t, lm_pool* pool, double ratio, bool is_base) {
  lm_cell* cell = lm__table_add(t, is_base ? "base" : lm__text_times(pool, ratio));
  cell->tone = is_base ? LM_TONE_MUTED : ratio_tone(ratio);
}

static void add_comparison_row(lm_table* t, lm_pool* pool, const lm_comparison* c, int decimals) {
  const lm_latency_facts* l = c->bench != NULL ? &c->bench->latency : NULL;
  lm__table_add(t, c->model->name);
  lm__table_add(t, c->model->precision);
  lm__table_add(t, c->bench != NULL ? lm__tables_where(pool, c->bench) : c->delegate);
  lm__table_add(t, l != NULL ? lm__text_fixed(pool, l->median, decimals) : NULL)->tone =
      LM_TONE_STRONG;
  add_ratio(t, pool, c->speedup, c->is_base && l != NULL);
  lm__table_add(t, c->is_base ? NULL : lm__text_interval(pool, c->speedup_bounds, 2))->tone =
      LM_TONE_MUTED;
  lm__table_add(t, lm__text_bytes(pool, c->model->bytes));
  add_ratio(t, pool, c->size_ratio, c->is_base);
  lm__table_add(t, c->bench != NULL ? lm__text_bytes(pool, lm__tables_peak(c->bench)) : NULL);
  lm__table_add(t, c->eval != NULL ? lm__text_percent(pool, c->eval->top1.ratio, 2) : NULL)->tone =
      LM_TONE_STRONG;
  lm_cell* delta = lm__table_add(t, lm__text_points(pool, c->top1_delta));
  delta->is_number = true;
  delta->tone = !c->top1_differs ? LM_TONE_MUTED : c->top1_delta < 0 ? LM_TONE_BAD : LM_TONE_GOOD;
  lm__table_add(t, c->agreement != NULL ? lm__text_p(pool, c->agreement->p) : NULL);
}

lm_table lm__table_comparison(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"Model", false, NULL},
      {"Type", false, NULL},
      {"On", false, "the same delegate and number of threads for every row of a group"},
      {"Median ms", true, NULL},
      {"Speed-up", true, "median of the float model divided by this one"},
      {"Bounds", true, "what the two confidence intervals allow at worst and at best"},
      {"File size", true, NULL},
      {"Smaller", true, "size of the float file divided by this one"},
      {"Peak memory", true, "of the process, highest phase"},
      {"Top-1", true, NULL},
      {"Δ points", true, "difference of top-1 in percentage points; grey: not distinguishable"},
      {"McNemar p", true, "chance of such a difference if both models were equally good"},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  const int decimals = lm__text_decimals(smallest_median(merged));
  for (int i = 0; i < merged->comparison_count; ++i) {
    const lm_comparison* c = &merged->comparisons[i];
    if (c->is_base) lm__table_start_group(&t);
    add_comparison_row(&t, pool, c, decimals);
  }
  lm__table_prune(&t);
  return t;
}
