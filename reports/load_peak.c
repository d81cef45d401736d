// SPDX-License-Identifier: MIT
//
// The section "peak" of a file: what its machine can do.
#include "load_parts.h"

static lm_burst_facts load_bursts(lm_json_reader* r, const lm_json_at* item, const char* key) {
  const lm_json_at at = lm__read_object(r, item, key);
  return (lm_burst_facts){
      .best = lm__read_number(r, &at, "best", 0, 1e24),
      .median = lm__read_number(r, &at, "median", 0, 1e24),
      .worst = lm__read_number(r, &at, "worst", 0, 1e24),
      .bursts = lm__read_amount(r, &at, "bursts"),
  };
}

static void load_rates(lm_json_reader* r, const lm_json_at* peak, lm_file_context* out) {
  lm_json_at array, item;
  const int count = lm__read_array(r, peak, "rates", &array, &item);
  lm_rate_facts* rates = lm__pool_array(r->pool, (size_t)count, sizeof *rates);
  out->rates = rates;
  if (count == 0 || rates == NULL) return;
  do {
    const lm_rate_facts rate = {
        .type = lm__read_need_string(r, &item, "type"),
        .set = lm__read_string(r, &item, "set"),
        .instruction = lm__read_string(r, &item, "instruction"),
        .threads = lm__read_amount(r, &item, "threads"),
        .macs = load_bursts(r, &item, "macs_per_second"),
    };
    if (rate.type != NULL) rates[out->rate_count++] = rate;
  } while (lm__read_next(&item));
}

static void load_reads(lm_json_reader* r, const lm_json_at* peak, lm_file_context* out) {
  lm_json_at array, item;
  const int count = lm__read_array(r, peak, "reads", &array, &item);
  lm_read_facts* reads = lm__pool_array(r->pool, (size_t)count, sizeof *reads);
  out->reads = reads;
  if (count == 0 || reads == NULL) return;
  do {
    const lm_read_facts read = {
        .level = lm__read_need_string(r, &item, "level"),
        .threads = lm__read_amount(r, &item, "threads"),
        .buffer_bytes = lm__read_amount(r, &item, "buffer_bytes"),
        .bytes = load_bursts(r, &item, "bytes_per_second"),
    };
    if (read.level != NULL) reads[out->read_count++] = read;
  } while (lm__read_next(&item));
}

void lm__load_peak(lm_json_reader* r, const lm_json_at* root, lm_file_context* out) {
  const lm_json_at peak = lm__read_object(r, root, "peak");
  load_rates(r, &peak, out);
  load_reads(r, &peak, out);
}
