// SPDX-License-Identifier: MIT
//
// The section "comparison": engines interleaved with each other.
#include <math.h>
#include <string.h>

#include "load_parts.h"
#include "load_results.h"

static lm_interval read_interval(lm_json_reader* r, const lm_json_at* object, const char* key) {
  double ends[2];
  lm__read_interval(r, object, key, ends);
  return (lm_interval){ends[0], ends[1]};
}

// 1, 0, or -1: unknown.
static int read_bool(lm_json_reader* r, const lm_json_at* object, const char* key) {
  const lm_json_at at = lm__read_member(r, object, key);
  if (at.node == NULL) return -1;
  if (!cJSON_IsBool(at.node)) lm__read_fail(r, &at, "true or false");
  return cJSON_IsTrue(at.node);
}

static void load_measured(lm_json_reader* r, const lm_json_at* at, lm_contest* out) {
  out->threads_used = lm__read_amount(r, at, "threads_used");
  out->processors = lm__read_amount(r, at, "processors");
  out->load = lm__read_amount(r, at, "load_ms");
  out->compile = lm__read_amount(r, at, "compile_ms");
  out->first = lm__read_amount(r, at, "first_inference_ms");
  const lm_json_at latency = lm__read_object(r, at, "latency_ms");
  out->median = lm__read_amount(r, &latency, "median");
  out->ci95 = read_interval(r, &latency, "ci95");
  out->blocks = lm__read_amount(r, &latency, "count");
  const lm_json_at ratio = lm__read_object(r, at, "ratio");
  out->ratio = lm__read_number(r, &ratio, "median", 0, 1e12);
  out->ratio_ci95 = read_interval(r, &ratio, "ci95");
  out->verdict = lm__read_string(r, &ratio, "verdict");
  const lm_json_at output = lm__read_object(r, at, "output");
  out->why_unknown = lm__read_string(r, &output, "why_unknown");
  out->elements = lm__read_amount(r, &output, "elements");
  out->mismatched = lm__read_amount(r, &output, "mismatched");
  out->max_abs = lm__read_number(r, &output, "max_abs", 0, 1e300);
  out->max_relative = lm__read_number(r, &output, "max_relative", 0, 1e300);
  out->top1_same = read_bool(r, &output, "top1_same");
}

static void load_row_model(lm_json_reader* r, const lm_json_at* row, lm_model_facts* out) {
  const lm_json_at model = lm__read_object(r, row, "model");
  *out = (lm_model_facts){.weight_bytes = NAN, .node_count = NAN};
  out->file = lm__read_string(r, &model, "file");
  out->name = lm__read_need_string(r, &model, "name");
  out->sha256 = lm__read_string(r, &model, "sha256");
  out->precision = lm__read_string(r, &model, "precision");
  out->bytes = lm__read_amount(r, &model, "bytes");
  out->macs = lm__read_amount(r, &model, "macs");
}

// Room for `more` items behind `count`; NULL when out of memory.
static void* grown(lm_pool* pool, const void* items, int count, int more, size_t item_bytes) {
  void* all = lm__pool_array(pool, (size_t)count + (size_t)more, item_bytes);
  if (all != NULL && count > 0) memcpy(all, items, (size_t)count * item_bytes);
  return all;
}

static void load_row(lm_json_reader* r, const lm_json_at* row, int source, const char* baseline,
                     lm_results* results) {
  lm_model_facts model;
  load_row_model(r, row, &model);
  const double threads = lm__read_number(r, row, "threads", 0, 1e6);
  lm_json_at array, item;
  const int count = lm__read_array(r, row, "engines", &array, &item);
  if (count == 0) return;
  if (count > LM_REPORT_MAX_RESULTS - results->contest_count) {
    lm__read_fail(r, &array, "fewer rows of engines, as many as one report holds");
    return;
  }
  lm_contest* contests =
      grown(r->pool, results->contests, results->contest_count, count, sizeof *contests);
  if (contests == NULL) return;
  results->contests = contests;
  do {
    lm_contest* out = &contests[results->contest_count];
    *out = (lm_contest){.source = source,
                        .row = results->contest_rows,
                        .model = model,
                        .threads = threads,
                        .engine = lm__read_need_string(r, &item, "engine"),
                        .status = lm__read_need_string(r, &item, "status"),
                        .message = lm__read_string(r, &item, "message")};
    out->is_baseline = baseline != NULL && strcmp(out->engine, baseline) == 0;
    load_measured(r, &item, out);
    ++results->contest_count;
  } while (r->err->status == LM_OK && lm__read_next(&item));
  ++results->contest_rows;
}

static void load_versions(lm_json_reader* r, const lm_json_at* section, int source,
                          lm_results* results) {
  lm_json_at array, item;
  const int count = lm__read_array(r, section, "engines", &array, &item);
  if (count == 0) return;
  if (count > LM_REPORT_MAX_RESULTS - results->engine_count) {
    lm__read_fail(r, &array, "fewer engines, as many as one report holds");
    return;
  }
  lm_engine_facts* engines =
      grown(r->pool, results->engines, results->engine_count, count, sizeof *engines);
  if (engines == NULL) return;
  results->engines = engines;
  do {
    engines[results->engine_count++] =
        (lm_engine_facts){.source = source,
                          .name = lm__read_need_string(r, &item, "name"),
                          .what = lm__read_string(r, &item, "what"),
                          .version = lm__read_string(r, &item, "version"),
                          .path = lm__read_string(r, &item, "path")};
  } while (r->err->status == LM_OK && lm__read_next(&item));
}

void lm__load_comparison(lm_json_reader* r, const lm_json_at* root, int source,
                         lm_results* results) {
  const lm_json_at section = lm__read_object(r, root, "comparison");
  if (section.node == NULL) return;
  const char* baseline = lm__read_string(r, &section, "baseline");
  load_versions(r, &section, source, results);
  lm_json_at array, item;
  if (lm__read_array(r, &section, "rows", &array, &item) == 0) return;
  do {
    load_row(r, &item, source, baseline, results);
  } while (r->err->status == LM_OK && lm__read_next(&item));
}
