// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "bench_output.h"
#include "model_info.h"

static void add_latency(lm_json* json, cJSON* result, const bench_run* run) {
  cJSON* latency = lm_json_summary(json, result, "latency_ms", &run->summary);
  lm_json_integer(json, latency, "batch", run->batch);
  lm_json_number(json, latency, "thread_cpu_share",
                 run->wall_s > 0 ? run->cpu_s / run->wall_s : NAN);
  lm_json_number(json, latency, "waited_share", bench_run_waited_share(run));
  cJSON* samples = lm_json_array(json, result, "samples_ms");
  for (int64_t i = 0; i < run->sample_count; ++i) {
    lm_json_number(json, samples, NULL, run->samples_ms[i]);
  }
  cJSON* repetitions = lm_json_array(json, result, "repetitions");
  for (int r = 0; r < run->call_count; ++r) {
    cJSON* span = lm_json_object(json, repetitions, NULL);
    lm_json_integer(json, span, "first", run->calls[r].first);
    lm_json_integer(json, span, "count", run->calls[r].count);
  }
}

static void add_phases(lm_json* json, cJSON* result, const bench_run* run) {
  const lm_session* session = &run->session;
  const bench_probe* probe = &run->probe;
  const bool fresh = probe->measured;
  cJSON* phases = lm_json_object(json, result, "phases_ms");
  lm_json_number(json, phases, "load", fresh ? probe->load_ms : (double)session->load_ns * 1e-6);
  lm_json_number(json, phases, "delegate_init",
                 fresh ? probe->delegate_init_ms : (double)session->delegate_init_ns * 1e-6);
  lm_json_number(json, phases, "plan", fresh ? probe->plan_ms : (double)session->plan_ns * 1e-6);
  lm_json_number(json, phases, "first_inference", fresh ? probe->first_ms : run->first_here_ms);
  lm_json_number(json, phases, "warmup", run->warmup.total_ms);
  lm_json_integer(json, phases, "warmup_count", run->warmup.count);
  lm_json_bool(json, phases, "warmup_steady", run->warmup.steady);
  lm_json_bool(json, phases, "fresh_process", fresh);
}

// With --cache only: otherwise phases_ms says it all.
static void add_init(lm_json* json, cJSON* result, const bench_cold_start* start) {
  if (!start->known) {
    lm_json_null(json, result, "init_ms");
    return;
  }
  cJSON* init = lm_json_object(json, result, "init_ms");
  lm_json_number(json, init, "cold", bench_cold_start_ms(start));
  lm_json_number(json, init, "warm", start->warm_ms);
  lm_json_integer(json, init, "cache_files_added", start->files);
  lm_json_integer(json, init, "cache_bytes_added", start->bytes);
}

static void add_memory(lm_json* json, cJSON* result, const bench_run* run) {
  const bench_probe* probe = &run->probe;
  const lm_plan_report* report = lm_interpreter_report(run->session.interpreter);
  cJSON* memory = lm_json_object(json, result, "memory_bytes");
  cJSON* peak = lm_json_object(json, memory, "peak");
  for (int p = 0; p < BENCH_PROBE_PHASE_COUNT; ++p) {
    lm_json_number(json, peak, bench_probe_phase_name((bench_probe_phase)p),
                   probe->measured ? probe->peak_bytes[p] : NAN);
  }
  lm_json_number(json, memory, "anonymous", probe->measured ? probe->anonymous_bytes : NAN);
  lm_json_number(json, memory, "file_backed", probe->measured ? probe->file_backed_bytes : NAN);
  lm_json_integer(json, memory, "arena", (int64_t)report->arena_bytes);
  lm_json_integer(json, memory, "arena_lower_bound", (int64_t)report->arena_lower_bound_bytes);
  lm_json_integer(json, memory, "arena_naive", (int64_t)report->arena_naive_bytes);
  lm_json_integer(json, memory, "packed", (int64_t)report->packed_bytes);
  lm_json_integer(json, memory, "persistent", (int64_t)report->persistent_bytes);
  lm_json_integer(json, memory, "device", (int64_t)report->device_bytes);
  lm_json_number(json, memory, "peak_over_plan", bench_run_peak_over_plan(run));
  lm_json_string(json, memory, "note", report->note);
  lm_json_string(json, memory, "method", probe->method);
}

static void add_check(lm_json* json, cJSON* result, const bench_run* run) {
  static const char* const kStatus[] = {"skipped", "match", "mismatch", "shown"};
  const bool skipped = run->check.status == BENCH_CHECK_SKIPPED;
  cJSON* check = lm_json_object(json, result, "check");
  lm_json_string(json, check, "against", "reference");
  lm_json_string(json, check, "status", kStatus[run->check.status]);
  lm_json_string(json, check, "why_skipped", run->check.why_skipped);
  lm_json_number(json, check, "max_abs", skipped ? NAN : run->check.max_abs);
  lm_json_number(json, check, "tolerance", skipped ? NAN : run->check.tolerance);
  lm_json_number(json, check, "mismatched", skipped ? NAN : (double)run->check.mismatched);
  lm_json_number(json, check, "elements", skipped ? NAN : (double)run->check.elements);
  lm_json_number(json, check, "max_relative", skipped ? NAN : run->check.max_relative);
  lm_json_number(json, check, "max_steps", skipped ? NAN : run->check.max_steps);
  // -1 in the program is "to nothing", which is null here.
  const int32_t steps = run->check.integer_steps;
  lm_json_number(json, check, "integer_steps", skipped || steps < 0 ? NAN : (double)steps);
  lm_json_number(json, check, "differing", skipped ? NAN : (double)run->check.differing);
  if (skipped || run->check.top1_same < 0) {
    lm_json_null(json, check, "top1_same");
  } else {
    lm_json_bool(json, check, "top1_same", run->check.top1_same == 1);
  }
}

static void add_verdict(lm_json* json, cJSON* result, const bench_run* run) {
  cJSON* verdict = lm_json_object(json, result, "verdict");
  lm_json_string(json, verdict, "status", bench_verdict_name(run->verdict.status));
  cJSON* reasons = lm_json_array(json, verdict, "reasons");
  for (int i = 0; i < run->verdict.reason_count; ++i) {
    lm_json_string(json, reasons, NULL, run->verdict.reasons[i]);
  }
}

void bench_output_json(lm_result_file* file, const bench_run* run, const bench_binary* binary) {
  lm_json* json = &file->json;
  cJSON* result = lm_result_add(file, "bench", run->name);
  lm_model_info_add(json, result, run->config.model, run->model->sha256, &run->session,
                    run->config.threads);
  add_latency(json, result, run);
  add_phases(json, result, run);
  add_memory(json, result, run);
  bench_binary_json(json, result, binary);
  cJSON* throughput = lm_json_object(json, result, "throughput");
  lm_json_number(json, throughput, "macs_per_second", bench_run_macs_per_second(run));
  const bench_peak_type type = bench_work_type(&run->work);
  const bool typed = type < BENCH_PEAK_TYPE_COUNT;
  lm_json_string(json, throughput, "type", typed ? bench_peak_type_name(type) : NULL);
  lm_json_number(json, throughput, "peak_macs_per_second",
                 typed ? bench_peak_macs(run->peak, type, run->config.threads) : NAN);
  lm_json_number(json, throughput, "fraction_of_peak", bench_run_fraction_of_peak(run));
  lm_json_bool(json, throughput, "winograd", run->work.winograd);
  bench_time_budget_json(json, result, &run->budget, &run->profile.kernels);
  add_init(json, result, &run->cold_start);
  bench_profile_json(json, result, &run->profile, run->peak, run->config.threads);
  add_check(json, result, run);
  add_verdict(json, result, run);
}
