// SPDX-License-Identifier: MIT
#include <math.h>

#include "comparison.h"

cJSON* bench_comparison_json_begin(lm_json* json, cJSON* root, const bench_options* options,
                                   const lm_engine_set* set) {
  cJSON* section = lm_json_object(json, root, "comparison");
  lm_json_string(json, section, "baseline", set->choices[bench_comparison_baseline(set)].name);
  lm_json_string(json, section, "method",
                 "engines interleaved in blocks, order rotated; ratio of the medians of each "
                 "block; median of the ratios with its 95 % interval from order statistics");
  lm_json_integer(json, section, "blocks", options->blocks);
  lm_json_integer(json, section, "block_samples", options->block_samples);
  lm_json_number(json, section, "block_seconds", options->block_time_s);
  lm_json_string(json, section, "delegate", options->delegates.items[0]);
  cJSON* engines = lm_json_array(json, section, "engines");
  for (int i = 0; i < set->count; ++i) {
    const lm_engine_choice* choice = &set->choices[i];
    cJSON* engine = lm_json_object(json, engines, NULL);
    lm_json_string(json, engine, "name", choice->name);
    lm_json_string(json, engine, "what", choice->kind->what);
    lm_json_string(json, engine, "version", choice->library->version);
    lm_json_string(json, engine, "path", choice->library->path);
    lm_json_string(json, engine, "precision",
                   choice->precision == LM_ENGINE_FLOAT32 ? "float32" : "default");
  }
  lm_json_array(json, section, "rows");
  return section;
}

static void add_output(lm_json* json, cJSON* parent, const bench_difference* d) {
  cJSON* output = lm_json_object(json, parent, "output");
  lm_json_string(json, output, "against", "reference");
  lm_json_string(json, output, "why_unknown", d->why_unknown);
  lm_json_number(json, output, "elements", d->known ? (double)d->elements : NAN);
  lm_json_number(json, output, "mismatched", d->known ? (double)d->mismatched : NAN);
  lm_json_number(json, output, "tolerance", d->known && d->is_float ? d->tolerance : NAN);
  lm_json_number(json, output, "max_abs", d->max_abs);
  lm_json_number(json, output, "max_relative", d->max_relative);
  if (d->top1_same < 0) {
    lm_json_null(json, output, "top1_same");
  } else {
    lm_json_bool(json, output, "top1_same", d->top1_same == 1);
  }
}

static void add_turns(lm_json* json, cJSON* entry, const bench_contender* c) {
  cJSON* blocks = lm_json_array(json, entry, "blocks");
  for (int t = 0; t < c->turn_count; ++t) {
    const bench_turn* turn = &c->turns[t];
    cJSON* block = lm_json_object(json, blocks, NULL);
    lm_json_integer(json, block, "position", turn->position);
    lm_json_number(json, block, "median_ms", turn->median_ms);
    lm_json_number(json, block, "processors", turn->processors);
    lm_json_number(json, block, "ratio", c->ratios != NULL ? c->ratios[t] : NAN);
    cJSON* samples = lm_json_array(json, block, "samples_ms");
    for (int64_t i = 0; i < turn->count; ++i) {
      lm_json_number(json, samples, NULL, c->samples_ms[turn->first + i]);
    }
  }
}

static void add_ratio(lm_json* json, cJSON* entry, const bench_contender* c) {
  if (c->ratios == NULL) {
    lm_json_null(json, entry, "ratio");
    return;
  }
  cJSON* ratio = lm_json_object(json, entry, "ratio");
  lm_json_number(json, ratio, "median", c->ratio.median);
  lm_json_interval(json, ratio, "ci95", c->ratio.median_ci95);
  lm_json_number(json, ratio, "min", c->ratio.min);
  lm_json_number(json, ratio, "max", c->ratio.max);
  lm_json_string(json, ratio, "verdict", bench_ratio_verdict_name(c->verdict));
}

static void add_work(lm_json* json, cJSON* entry, const bench_comparison* comparison,
                     const bench_contender* c) {
  lm_json_number(json, entry, "macs_per_second", bench_contender_macs_per_second(c));
  lm_json_number(json, entry, "fraction_of_peak", bench_contender_fraction(comparison, c));
  if (c->choice->kind->package != NULL) return;
  lm_json_bool(json, entry, "winograd", c->work.winograd);
  lm_json_string(json, entry, "device", c->device[0] != '\0' ? c->device : NULL);
  if (c->has_isa) lm_isa_json(json, entry, &c->isa);
  bench_profile_json(json, entry, &c->profile, comparison->peak, comparison->threads);
}

static void add_contender(lm_json* json, cJSON* entries, const bench_comparison* comparison,
                          const bench_contender* c) {
  cJSON* entry = lm_json_object(json, entries, NULL);
  const bool measured = c->status == BENCH_CONTENDER_MEASURED;
  lm_json_string(json, entry, "engine", c->choice->name);
  lm_json_string(json, entry, "status", bench_contender_status_name(c->status));
  lm_json_string(json, entry, "message", measured ? NULL : c->message);
  if (!measured) return;
  lm_json_number(json, entry, "threads_used", c->threads > 0 ? (double)c->threads : NAN);
  lm_json_number(json, entry, "processors", c->processors);
  lm_json_number(json, entry, "load_ms", c->load_ms);
  lm_json_number(json, entry, "compile_ms", c->compile_ms);
  lm_json_number(json, entry, "first_inference_ms", c->first_ms);
  lm_json_summary(json, entry, "latency_ms", &c->latency);
  lm_json_integer(json, entry, "batch", c->batch);
  add_ratio(json, entry, c);
  add_work(json, entry, comparison, c);
  add_output(json, entry, &c->output);
  add_turns(json, entry, c);
}

void bench_comparison_json_row(lm_json* json, cJSON* section, const bench_comparison* comparison) {
  const bench_subject* subject = comparison->subject;
  cJSON* rows = cJSON_GetObjectItemCaseSensitive(section, "rows");
  cJSON* row = lm_json_object(json, rows, NULL);
  cJSON* model = lm_json_object(json, row, "model");
  char name[256];
  lm_json_string(json, model, "file", subject->path);
  lm_json_string(json, model, "name", lm_model_base_name(name, sizeof name, subject->path));
  lm_json_string(json, model, "sha256", subject->sha256);
  lm_json_integer(json, model, "bytes", (int64_t)subject->bytes);
  lm_json_string(json, model, "precision", subject->precision);
  lm_json_integer(json, model, "macs", (int64_t)subject->macs);
  lm_json_integer(json, row, "threads", comparison->threads);
  cJSON* entries = lm_json_array(json, row, "engines");
  for (int i = 0; i < comparison->count; ++i) {
    add_contender(json, entries, comparison, &comparison->contenders[i]);
  }
}
