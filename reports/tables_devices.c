// SPDX-License-Identifier: MIT
//
// Devices of delegates that have some, and where the time went on them.
#include <math.h>
#include <string.h>

#include "number_text.h"
#include "tables.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

static bool same(const char* a, const char* b) {
  return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_same_device(const lm_result* a, const lm_result* b) {
  return a->source == b->source && same(a->delegate, b->delegate) &&
         same(a->requested, b->requested) && same(a->device_info.name, b->device_info.name) &&
         same(a->device_info.driver, b->device_info.driver);
}

static bool is_listed(const lm_results* results, int i) {
  for (int k = 0; k < i; ++k) {
    if (is_same_device(&results->items[k], &results->items[i])) return true;
  }
  return false;
}

lm_table lm__table_devices(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"Asked for", false, NULL},
      {"Delegate", false, NULL},
      {"Device", false, NULL},
      {"Type", false, "cpu: a driver that runs kernels on the processor of this machine"},
      {"Platform", false, NULL},
      {"Interface", false, NULL},
      {"Driver", false, NULL},
      {"Memory", true, NULL},
      {"Compute units", true, NULL},
      {"How it was chosen", false, NULL},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[i];
    const lm_device_facts* d = &r->device_info;
    if (d->name == NULL || is_listed(merged->results, i)) continue;
    lm__table_add(&t, r->requested);
    lm__table_add(&t, r->delegate);
    lm__table_add(&t, d->name)->tone = LM_TONE_STRONG;
    lm__table_add(&t, d->type);
    lm__table_add(&t, d->platform);
    lm__table_add(&t, d->api);
    lm__table_add(&t, d->driver);
    lm__table_add(&t, lm__text_bytes(pool, d->memory_bytes));
    lm__table_add(&t, lm__text_fixed(pool, d->compute_units, 0));
    lm__table_add(&t, d->choice)->tone = LM_TONE_MUTED;
  }
  lm__table_prune(&t);
  return t;
}

static void add_share(lm_table* t, lm_pool* pool, double part, double whole) {
  const double share = whole > 0 ? part / whole : NAN;
  lm_cell* cell = lm__table_add(t, lm__text_percent(pool, share, 1));
  if (share > 0) cell->share = fmin(share, 1);
}

static void add_ms(lm_table* t, lm_pool* pool, double ms) {
  lm__table_add(t, lm__text_fixed(pool, ms, lm__text_decimals(ms)));
}

lm_table lm__table_times(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"Model", false, NULL},
      {"On", false, NULL},
      {"Median ms", true, "one inference by the clock of the host"},
      {"Upload", true, "inputs into memory that the device reads"},
      {"Enqueue", true, "handing the work to the driver"},
      {"Wait", true, "the host waits for the device"},
      {"Download", true, "outputs out of memory that the device writes"},
      {"Rest", true, "of the delegate, in none of the four"},
      {"Other nodes", true, "on other delegates, and the interpreter"},
      {"Device ms", true, "first kernel's begin to last one's end, by the device's clock"},
      {"Idle", true, "share of enqueue and wait in which the device did not work"},
      {"Dispatches", true, "kernels of one inference"},
      {"Submits", true, "times that work was handed over"},
      {"Gap \xc2\xb5s", true, "between two kernels, while profiled"},
      {"Cold start ms", true, "delegate and plan before the cache was filled"},
      {"Warm start ms", true, "... and with what it holds"},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[merged->order[i]];
    const lm_time_facts* f = &r->times;
    if (isnan(f->invocation)) continue;
    lm__table_add(&t, r->model.name);
    lm__table_add(&t, lm__tables_where(pool, r));
    lm__table_add(&t, lm__text_fixed(pool, f->invocation, lm__text_decimals(f->invocation)))->tone =
        LM_TONE_STRONG;
    const double parts[] = {f->upload, f->enqueue, f->wait, f->download, f->rest, f->outside};
    for (int k = 0; k < COUNT_OF(parts); ++k) add_share(&t, pool, parts[k], f->invocation);
    add_ms(&t, pool, f->device);
    lm__table_add(&t, lm__text_percent(pool, f->gap / (f->enqueue + f->wait), 1));
    lm__table_add(&t, lm__text_fixed(pool, f->dispatches, 0));
    lm__table_add(&t, lm__text_fixed(pool, f->submits, 0));
    lm__table_add(&t, lm__text_fixed(pool, f->gap_per_dispatch_us, 2));
    add_ms(&t, pool, f->cold);
    add_ms(&t, pool, f->warm);
  }
  lm__table_prune(&t);
  return t;
}
