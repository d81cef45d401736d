// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdio.h>

#include "peak_probe.h"

static void add_stats(lm_json* json, cJSON* parent, const char* name,
                      const bench_burst_stats* stats) {
  cJSON* object = lm_json_object(json, parent, name);
  lm_json_number(json, object, "best", stats->best);
  lm_json_number(json, object, "median", stats->median);
  lm_json_number(json, object, "worst", stats->worst);
  lm_json_integer(json, object, "bursts", stats->count);
}

void bench_peak_json(lm_json* json, cJSON* root, const bench_peak* peak) {
  cJSON* section = lm_json_object(json, root, "peak");
  lm_json_bool(json, section, "thorough", peak->thorough);
  lm_json_number(json, section, "seconds", peak->seconds);
  lm_json_string(json, section, "missing", peak->message[0] != '\0' ? peak->message : NULL);
  cJSON* rates = lm_json_array(json, section, "rates");
  for (int i = 0; i < peak->rate_count; ++i) {
    const bench_peak_rate* rate = &peak->rates[i];
    cJSON* object = lm_json_object(json, rates, NULL);
    lm_json_string(json, object, "type", bench_peak_type_name(rate->kernel->type));
    lm_json_string(json, object, "set", rate->kernel->set);
    lm_json_string(json, object, "instruction", rate->kernel->instruction);
    lm_json_integer(json, object, "threads", rate->threads);
    add_stats(json, object, "macs_per_second", &rate->macs);
  }
  cJSON* reads = lm_json_array(json, section, "reads");
  for (int i = 0; i < peak->read_count; ++i) {
    const bench_peak_read* read = &peak->reads[i];
    cJSON* object = lm_json_object(json, reads, NULL);
    lm_json_string(json, object, "level", bench_peak_level_name(read->level));
    lm_json_string(json, object, "set", read->reader->set);
    lm_json_integer(json, object, "threads", read->threads);
    lm_json_integer(json, object, "buffer_bytes", read->buffer_bytes);
    add_stats(json, object, "bytes_per_second", &read->bytes);
  }
}

// How far the median burst is below the best, in per cent.
static double spread(const bench_burst_stats* stats) {
  return 100 * (1 - stats->median / stats->best);
}

// The fastest of each type, as bench_peak_macs() chooses it.
static void print_rates(const bench_peak* peak, int threads) {
  for (int type = 0; type < BENCH_PEAK_TYPE_COUNT; ++type) {
    const double best = bench_peak_macs(peak, (bench_peak_type)type, threads);
    for (int i = 0; i < peak->rate_count && !isnan(best); ++i) {
      const bench_peak_rate* rate = &peak->rates[i];
      if (rate->kernel->type != (bench_peak_type)type || rate->threads != threads ||
          rate->macs.best < best) {
        continue;
      }
      printf("  %s %.4g GMAC/s (%s, -%.0f %%)", bench_peak_type_name(rate->kernel->type),
             1e-9 * rate->macs.best, rate->kernel->instruction, spread(&rate->macs));
      break;
    }
  }
}

void bench_peak_print(const bench_peak* peak) {
  for (int i = 0; i < peak->rate_count; ++i) {
    const int threads = peak->rates[i].threads;
    bool seen = false;
    for (int k = 0; k < i; ++k) seen |= peak->rates[k].threads == threads;
    if (seen) continue;
    printf("peak of %d thread%s:", threads, threads == 1 ? "" : "s");
    print_rates(peak, threads);
    for (int k = 0; k < peak->read_count; ++k) {
      const bench_peak_read* read = &peak->reads[k];
      if (read->threads != threads) continue;
      printf("  %s %.4g GB/s", bench_peak_level_name(read->level), 1e-9 * read->bytes.best);
    }
    printf("\n");
  }
  if (peak->message[0] != '\0') printf("peak: %s\n", peak->message);
}
