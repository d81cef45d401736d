// SPDX-License-Identifier: MIT
//
// What the machine can do, and how near the models come to it.
#include <math.h>

#include "number_text.h"
#include "tables.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

static void add_bursts(lm_table* t, lm_pool* pool, const lm_burst_facts* b, const char* unit) {
  const double values[] = {b->best, b->median, b->worst};
  for (int i = 0; i < COUNT_OF(values); ++i) {
    const double value = values[i] * 1e-9;
    lm_cell* cell = lm__table_add(
        t, isnan(value) ? NULL : lm__pool_print(pool, "%.*f %s", value < 100 ? 1 : 0, value, unit));
    if (i == 0) cell->tone = LM_TONE_STRONG;
  }
  lm__table_add(t, lm__text_fixed(pool, b->bursts, 0))->tone = LM_TONE_MUTED;
}

lm_table lm__table_peak(lm_pool* pool, const lm_file_context* f) {
  static const lm_column kColumns[] = {
      {"What", false, NULL},
      {"By", false, "instruction set and instruction; size of a thread's buffer"},
      {"Threads", true, "all of them together"},
      {"Best", true, "the peak: other work on the machine can only take away from it"},
      {"Median", true, "far below the best: the machine was busy"},
      {"Worst", true, NULL},
      {"Bursts", true, NULL},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  for (int i = 0; i < f->rate_count; ++i) {
    const lm_rate_facts* rate = &f->rates[i];
    lm__table_add(&t, rate->type);
    lm__table_add(&t, lm__pool_print(pool, "%s: %s", rate->set != NULL ? rate->set : "?",
                                     rate->instruction != NULL ? rate->instruction : "?"));
    lm__table_add(&t, lm__text_fixed(pool, rate->threads, 0));
    add_bursts(&t, pool, &rate->macs, "GMAC/s");
  }
  for (int i = 0; i < f->read_count; ++i) {
    const lm_read_facts* read = &f->reads[i];
    if (i == 0) lm__table_start_group(&t);
    lm__table_add(&t, lm__pool_print(pool, "reading %s", read->level));
    lm__table_add(&t, lm__text_bytes(pool, read->buffer_bytes));
    lm__table_add(&t, lm__text_fixed(pool, read->threads, 0));
    add_bursts(&t, pool, &read->bytes, "GB/s");
  }
  return t;
}

lm_table lm__table_work(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"Model", false, NULL},
      {"Type", false, NULL},
      {"Delegate", false, NULL},
      {"Threads", true, NULL},
      {"MACs", true, "multiply-accumulates of one inference"},
      {"MAC/s", true, "at the median"},
      {"Peak", true, "measured in the same run, of the type that most of the work is in"},
      {"Of peak", true, "time of the work at peak over the median"},
      {"", false, NULL},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[merged->order[i]];
    if (r->is_eval || isnan(r->peak_macs_per_second)) continue;
    lm__table_add(&t, r->model.name);
    lm__table_add(&t, r->model.precision);
    lm__table_add(&t, lm__tables_delegate(pool, r));
    lm__table_add(&t, lm__tables_threads(pool, r));
    lm__table_add(&t, lm__text_count(pool, r->model.macs));
    lm__table_add(&t, lm__text_count(pool, r->macs_per_second));
    lm__table_add(&t, lm__text_count(pool, r->peak_macs_per_second));
    lm_cell* cell = lm__table_add(&t, lm__text_percent(pool, r->fraction_of_peak, 1));
    cell->tone = LM_TONE_STRONG;
    if (r->fraction_of_peak > 0) cell->share = fmin(r->fraction_of_peak, 1);
    lm__table_add(&t, r->winograd ? "Winograd multiplies less than is counted" : NULL)->tone =
        LM_TONE_MUTED;
  }
  lm__table_prune(&t);
  return t;
}
