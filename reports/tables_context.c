// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "number_text.h"
#include "tables.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

static void add_fact(lm_table* t, const char* name, const char* value) {
  if (value == NULL || value[0] == '\0') return;
  lm__table_add(t, name);
  lm__table_add(t, value);
}

lm_table lm__table_context(lm_pool* pool, const lm_file_context* f) {
  static const lm_column kColumns[] = {{"", false, NULL}, {"", false, NULL}};
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  add_fact(&t, "Result file", f->path);
  add_fact(&t, "Date", f->date);
  add_fact(&t, "Host", f->host);
  add_fact(&t, "System", f->os);
  add_fact(&t, "Processor", f->cpu);
  if (!isnan(f->cpu_logical)) {
    const bool limited = f->cpu_allowed < f->cpu_logical;
    add_fact(&t, "Logical CPUs",
             limited ? lm__pool_print(pool, "%.0f, of which %.0f may be used", f->cpu_logical,
                                      f->cpu_allowed)
                     : lm__text_fixed(pool, f->cpu_logical, 0));
  }
  add_fact(&t, "Instruction sets", f->isa);
  add_fact(&t, "Frequency governor", f->governor != NULL ? f->governor : "not readable");
  if (!isnan(f->frequency_mhz.low)) {
    add_fact(&t, "Frequency",
             lm__pool_print(pool, "%.0f–%.0f MHz", f->frequency_mhz.low, f->frequency_mhz.high));
  }
  add_fact(&t, "Caches", f->caches);
  add_fact(&t, "Memory", lm__text_bytes(pool, f->memory_bytes));
  add_fact(&t, "Load average", f->load_average);
  if (f->aslr >= 0) add_fact(&t, "Address randomisation", f->aslr ? "on" : "off");
  const char* tool = f->tool != NULL ? f->tool : "litmark";
  add_fact(&t, "Program",
           f->git != NULL ? lm__pool_print(pool, "%s (commit %s)", tool, f->git) : tool);
  add_fact(&t, "Build", f->build_type);
  add_fact(&t, "Compiler", f->compiler);
  add_fact(&t, "Flags", f->flags);
  return t;
}

// Shortest text that reads back as the same number.
static void add_number(lm_table* t, lm_pool* pool, double value) {
  if (isnan(value)) {
    lm__table_add(t, NULL);
    return;
  }
  const char* text = lm__pool_print(pool, "%.15g", value);
  double back = 0;
  if (sscanf(text, "%lf", &back) != 1 || back != value) text = lm__pool_print(pool, "%.17g", value);
  lm__table_add(t, text)->is_number = true;
}

static void add_model(lm_table* t, lm_pool* pool, const lm_model_facts* m) {
  lm__table_add(t, m->name);
  lm__table_add(t, m->file);
  lm__table_add(t, m->sha256);
  lm__table_add(t, m->precision);
  add_number(t, pool, m->bytes);
  add_number(t, pool, m->weight_bytes);
  add_number(t, pool, m->macs);
}

static void add_latency(lm_table* t, lm_pool* pool, const lm_result* r) {
  const lm_latency_facts* l = &r->latency;
  const lm_phase_facts* p = &r->phases;
  const double values[] = {
      l->median, l->ci95.low,      l->ci95.high, l->mean,  l->stddev, l->min,
      l->max,    l->p90,           l->p95,       l->p99,   l->count,  l->batch,
      p->load,   p->delegate_init, p->plan,      p->first, p->warmup, r->macs_per_second};
  for (int i = 0; i < COUNT_OF(values); ++i) add_number(t, pool, values[i]);
}

static void add_memory(lm_table* t, lm_pool* pool, const lm_result* r) {
  const lm_memory_facts* m = &r->memory;
  const double values[] = {m->peak[LM_PEAK_BASELINE],
                           m->peak[LM_PEAK_LOAD],
                           m->peak[LM_PEAK_PLAN],
                           m->peak[LM_PEAK_FIRST],
                           m->peak[LM_PEAK_STEADY],
                           m->anonymous,
                           m->file_backed,
                           m->arena,
                           m->arena_bound,
                           m->arena_naive,
                           m->packed,
                           m->persistent,
                           m->device,
                           r->program_file_bytes};
  for (int i = 0; i < COUNT_OF(values); ++i) add_number(t, pool, values[i]);
}

static void add_accuracy(lm_table* t, lm_pool* pool, const lm_result* r) {
  const double values[] = {r->top1.correct,   r->top1.total,   r->top1.ratio, r->top1.ci95.low,
                           r->top1.ci95.high, r->top5.correct, r->top5.ratio, r->top5.ci95.low,
                           r->top5.ci95.high, r->eval_median};
  for (int i = 0; i < COUNT_OF(values); ++i) add_number(t, pool, values[i]);
}

static const lm_column kCsvColumns[] = {
    {"kind", false, NULL},
    {"name", false, NULL},
    {"model", false, NULL},
    {"model_file", false, NULL},
    {"model_sha256", false, NULL},
    {"precision", false, NULL},
    {"model_bytes", true, NULL},
    {"weight_bytes", true, NULL},
    {"macs", true, NULL},
    {"delegate", false, NULL},
    {"ran_on", false, NULL},
    {"threads", true, NULL},
    {"device", false, NULL},
    {"median_ms", true, NULL},
    {"median_ci95_low_ms", true, NULL},
    {"median_ci95_high_ms", true, NULL},
    {"mean_ms", true, NULL},
    {"stddev_ms", true, NULL},
    {"min_ms", true, NULL},
    {"max_ms", true, NULL},
    {"p90_ms", true, NULL},
    {"p95_ms", true, NULL},
    {"p99_ms", true, NULL},
    {"samples", true, NULL},
    {"batch", true, NULL},
    {"load_ms", true, NULL},
    {"delegate_init_ms", true, NULL},
    {"plan_ms", true, NULL},
    {"first_inference_ms", true, NULL},
    {"warmup_ms", true, NULL},
    {"macs_per_second", true, NULL},
    {"peak_baseline_bytes", true, NULL},
    {"peak_load_bytes", true, NULL},
    {"peak_plan_bytes", true, NULL},
    {"peak_first_bytes", true, NULL},
    {"peak_steady_bytes", true, NULL},
    {"anonymous_bytes", true, NULL},
    {"file_backed_bytes", true, NULL},
    {"arena_bytes", true, NULL},
    {"arena_lower_bound_bytes", true, NULL},
    {"arena_naive_bytes", true, NULL},
    {"packed_bytes", true, NULL},
    {"persistent_bytes", true, NULL},
    {"device_bytes", true, NULL},
    {"program_file_bytes", true, NULL},
    {"top1_correct", true, NULL},
    {"images", true, NULL},
    {"top1_ratio", true, NULL},
    {"top1_ci95_low", true, NULL},
    {"top1_ci95_high", true, NULL},
    {"top5_correct", true, NULL},
    {"top5_ratio", true, NULL},
    {"top5_ci95_low", true, NULL},
    {"top5_ci95_high", true, NULL},
    {"eval_median_ms", true, NULL},
    {"output_check", false, NULL},
    {"verdict", false, NULL},
    {"verdict_reasons", false, NULL},
    {"date", false, NULL},
    {"host", false, NULL},
    {"result_file", false, NULL},
};

lm_table lm__table_csv(lm_pool* pool, const lm_merged* merged) {
  lm_table t;
  lm__table_init(&t, pool, NULL, kCsvColumns, COUNT_OF(kCsvColumns));
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[i];
    lm__table_add(&t, r->is_eval ? "eval" : "bench");
    lm__table_add(&t, r->name);
    add_model(&t, pool, &r->model);
    lm__table_add(&t, r->delegate);
    lm__table_add(&t, r->ran_on);
    add_number(&t, pool, r->threads);
    lm__table_add(&t, r->device);
    add_latency(&t, pool, r);
    add_memory(&t, pool, r);
    add_accuracy(&t, pool, r);
    lm__table_add(&t, r->check_status);
    lm__table_add(&t, r->verdict);
    lm__table_add(&t, r->verdict_reasons);
    lm__table_add(&t, merged->results->files[r->source].date);
    lm__table_add(&t, merged->results->files[r->source].host);
    lm__table_add(&t, merged->results->files[r->source].path);
  }
  return t;
}
