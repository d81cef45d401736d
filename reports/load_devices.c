// SPDX-License-Identifier: MIT
#include <string.h>

#include "load_parts.h"

static const char* join(lm_pool* pool, const char* text, const char* prefix, const char* value) {
  return lm__pool_print(pool, "%s%s%s%s", text != NULL ? text : "", text != NULL ? ", " : "",
                        prefix, value);
}

static void load_settings(lm_json_reader* r, const lm_json_at* result, lm_result* out) {
  const lm_json_at settings = lm__read_object(r, result, "settings");
  const char* precision = lm__read_string(r, &settings, "precision");
  const char* quantized = lm__read_string(r, &settings, "quantized");
  const char* gemm = lm__read_string(r, &settings, "gemm");
  const char* text = NULL;
  if (precision != NULL && strcmp(precision, "fp32") != 0) {
    text = join(r->pool, text, "", precision);
    const char* used = lm__read_string(r, &settings, "precision_used");
    if (used != NULL && strcmp(used, precision) != 0) {
      text = join(r->pool, text, "computed in ", strcmp(used, "mixed") == 0 ? "both" : used);
    }
  }
  if (quantized != NULL && strcmp(quantized, "int") != 0) {
    text = join(r->pool, text, "quantized as ", quantized);
  }
  if (gemm != NULL && strcmp(gemm, "auto") != 0) text = join(r->pool, text, "gemm ", gemm);
  out->settings = text;
}

static void load_times(lm_json_reader* r, const lm_json_at* result, lm_time_facts* out) {
  const lm_json_at times = lm__read_object(r, result, "device_times");
  out->invocation = lm__read_amount(r, &times, "invocation_ms");
  // Differences of medians may fall below zero.
  out->outside = lm__read_number(r, &times, "outside_ms", -1e12, 1e12);
  out->rest = lm__read_number(r, &times, "rest_ms", -1e12, 1e12);
  out->gap = lm__read_number(r, &times, "gap_ms", -1e12, 1e12);
  out->program = lm__read_amount(r, &times, "program_ms");
  out->upload = lm__read_amount(r, &times, "upload_ms");
  out->enqueue = lm__read_amount(r, &times, "enqueue_ms");
  out->wait = lm__read_amount(r, &times, "wait_ms");
  out->download = lm__read_amount(r, &times, "download_ms");
  out->device = lm__read_amount(r, &times, "device_ms");
  out->dispatches = lm__read_amount(r, &times, "dispatches");
  out->submits = lm__read_amount(r, &times, "submits");
  const lm_json_at profiled = lm__read_object(r, &times, "profiled");
  out->gap_per_dispatch_us = lm__read_number(r, &profiled, "gap_per_dispatch_us", -1e12, 1e12);
  const lm_json_at init = lm__read_object(r, result, "init_ms");
  out->cold = lm__read_amount(r, &init, "cold");
  out->warm = lm__read_amount(r, &init, "warm");
}

void lm__load_device(lm_json_reader* r, const lm_json_at* result, lm_result* out) {
  out->requested = lm__read_string(r, result, "requested");
  load_settings(r, result, out);
  load_times(r, result, &out->times);
  const lm_json_at info = lm__read_object(r, result, "device_info");
  lm_device_facts* d = &out->device_info;
  d->name = lm__read_string(r, &info, "name");
  d->type = lm__read_string(r, &info, "type");
  d->platform = lm__read_string(r, &info, "platform");
  d->driver = lm__read_string(r, &info, "driver");
  d->api = lm__read_string(r, &info, "api");
  d->memory_bytes = lm__read_amount(r, &info, "memory_bytes");
  d->compute_units = lm__read_amount(r, &info, "compute_units");
  d->choice = lm__read_string(r, result, "device_choice");
}
