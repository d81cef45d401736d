// SPDX-License-Identifier: MIT
#include "bench_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "context.h"
#include "waiting.h"

// A sample lasts at least this long, so that reading the clock twice is below half a per cent.
static const double kLeastSampleMs = 0.02;

static void show(bench_run* run, const char* what) {
  char text[512];
  snprintf(text, sizeof text, "%s: %s", run->name, what);
  // A step is worth a line even when the last one was drawn a moment ago.
  run->progress->drawn_ns = 0;
  lm_progress_update(run->progress, run->progress_done, text);
}

static lm_status hash_model(bench_run* run, lm_error* err) {
  if (run->model->sha256[0] != '\0') return LM_OK;
  return lm_hash_file(run->config.model, run->model->sha256, &run->model->bytes, err);
}

static lm_status check_outputs(bench_run* run, lm_error* err) {
  const bench_options* options = run->config.options;
  const bool is_reference = strcmp(run->config.delegate, "reference") == 0;
  if (options->no_check || is_reference) {
    run->check = (bench_check){
        .status = BENCH_CHECK_SKIPPED,
        .is_reference = is_reference,
        .why_skipped = is_reference ? "these are the reference kernels" : "--no-check",
    };
    return LM_OK;
  }
  if (!run->model->has_reference) {
    show(run, "reference output");
    const lm_status status = bench_reference_make(&run->config, &run->model->reference, err);
    if (status != LM_OK) return status;
    run->model->has_reference = true;
  }
  bench_check_outputs(&run->session, &run->model->reference, options->tolerance, &run->check);
  return LM_OK;
}

// The process gets delegate and device as they were resolved here: looking at the drivers that were
// not chosen would be part of its memory.
static void probe_memory(bench_run* run) {
  bench_options options = *run->config.options;
  const lm_session* session = &run->session;
  if (session->choice.has_device) options.device = session->choice.device_text;
  bench_config config = run->config;
  config.options = &options;
  config.delegate = session->delegate_name;
  bench_probe_run(&config, &run->probe);
}

lm_status bench_run_prepare(bench_run* run, lm_error* err) {
  const bench_config* config = &run->config;
  show(run, "loading");
  lm_status status = bench_cold_start_run(config, &run->cold_start, err);
  // Opened here first: a failure then has its own message and exit code.
  if (status == LM_OK) status = bench_session_open(config, &run->session, err);
  if (status == LM_OK) status = hash_model(run, err);
  if (status == LM_OK) status = bench_session_plan(config, &run->session, err);
  if (status != LM_OK) return status;
  run->cold_start.warm_ms = bench_init_ms(&run->session);
  const uint64_t begin = lm_now_ns();
  status = lm_interpreter_invoke(run->session.interpreter, err);
  run->first_here_ms = (double)(lm_now_ns() - begin) * 1e-6;
  if (status == LM_OK) status = check_outputs(run, err);
  if (status != LM_OK) return status;
  if (config->options->no_probe) {
    snprintf(run->probe.method, sizeof run->probe.method, "not measured: --no-probe");
  } else {
    show(run, "memory");
    probe_memory(run);
  }
  show(run, "warm-up");
  status = bench_warmup_run(&run->session, config->options->warmup_time_s, &run->warmup, err);
  if (status != LM_OK) return status;
  // A graph without work still takes the clock's resolution.
  run->warmup.latency_ms = fmax(run->warmup.latency_ms, 1e-6);
  // Times of a device are those of its last invocation: there, a sample is one.
  lm_program_times times;
  run->tells_times = lm_interpreter_program_times(run->session.interpreter, &times);
  run->batch = run->warmup.latency_ms < kLeastSampleMs && !run->tells_times
                   ? (int64_t)ceil(kLeastSampleMs / run->warmup.latency_ms)
                   : 1;
  return LM_OK;
}

// Room for what a call is going to record, so that nothing is allocated between two samples.
static bool begin_call(bench_run* run, int64_t samples) {
  bench_span* calls = realloc(run->calls, ((size_t)run->call_count + 1) * sizeof *calls);
  if (calls == NULL) return false;
  run->calls = calls;
  calls[run->call_count++] = (bench_span){.first = run->sample_count};
  if (run->sample_count + samples <= run->sample_capacity) return true;
  const int64_t capacity = run->sample_count + samples;
  double* grown = realloc(run->samples_ms, (size_t)capacity * sizeof *grown);
  if (grown == NULL) return false;
  memset(grown + run->sample_count, 0, (size_t)samples * sizeof *grown);
  run->samples_ms = grown;
  if (run->tells_times) {
    lm_program_times* times = realloc(run->times, (size_t)capacity * sizeof *times);
    if (times == NULL) return false;
    memset(times + run->sample_count, 0, (size_t)samples * sizeof *times);
    run->times = times;
  }
  run->sample_capacity = capacity;
  return true;
}

static double thread_cpu_s(void) {
  struct timespec time;
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0) return NAN;
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void timed(lm_gbench_state* state, void* user) {
  bench_run* run = user;
  const int64_t batch = run->batch;
  if (!begin_call(run, lm_gbench_iterations(state) / batch + 2)) {
    (void)LM_FAIL(&run->err, LM_OUT_OF_MEMORY, "samples");
  }
  if (run->err.status != LM_OK) {
    lm_gbench_skip(state, run->err.message);
    return;
  }
  show(run, "timing");
  lm_interpreter* interpreter = run->session.interpreter;
  const double waited_begin = bench_waited_s(), cpu_begin = thread_cpu_s();
  const uint64_t loop_begin = lm_now_ns();
  while (lm_gbench_keep_running(state, batch)) {
    lm_status status = LM_OK;
    const uint64_t begin = lm_now_ns();
    for (int64_t i = 0; i < batch; ++i) status |= lm_interpreter_invoke(interpreter, &run->err);
    const uint64_t elapsed = lm_now_ns() - begin;
    if (status != LM_OK) {
      lm_gbench_skip(state, run->err.message);
      return;
    }
    lm_gbench_set_time(state, (double)elapsed * 1e-9);
    if (run->times != NULL) {
      lm_interpreter_program_times(interpreter, &run->times[run->sample_count]);
    }
    run->samples_ms[run->sample_count++] = (double)elapsed * 1e-6 / (double)batch;
  }
  run->cpu_s += thread_cpu_s() - cpu_begin;
  run->wall_s += (double)(lm_now_ns() - loop_begin) * 1e-9;
  run->waited_s += bench_waited_s() - waited_begin;
  bench_span* call = &run->calls[run->call_count - 1];
  call->count = run->sample_count - call->first;
  lm_gbench_counter(state, "macs", (double)lm_interpreter_report(interpreter)->macs);
  const double peak = bench_probe_peak(&run->probe);
  if (!isnan(peak)) lm_gbench_counter(state, "peak_memory_bytes", peak);
}

// A fast model is given the time, and the library finds the iterations by trials. Where the least
// number of samples takes about as long or longer, the iterations are stated, with some in reserve
// for the time, so that a slow model is not run for trials.
lm_gbench_case bench_run_case(bench_run* run) {
  const bench_options* options = run->config.options;
  const double sample_s = 1e-3 * run->warmup.latency_ms * (double)run->batch;
  const bool slow = 2 * sample_s * options->min_samples > options->min_time_s;
  const double samples = fmax(options->min_samples, ceil(1.5 * options->min_time_s / sample_s));
  return (lm_gbench_case){
      .name = run->name,
      .fn = timed,
      .user = run,
      .min_time_s = options->min_time_s,
      .iterations = slow ? (int64_t)samples * run->batch : 0,
      .repetitions = options->repetitions,
  };
}

// The library calls once for every trial, then once for every repetition, the first of which was
// the last trial: the last `repetitions` calls are what it reports. Trials are dropped.
static void keep_repetitions(bench_run* run) {
  const int kept = run->config.options->repetitions;
  const int dropped = run->call_count > kept ? run->call_count - kept : 0;
  if (dropped == 0) return;
  const int64_t offset = run->calls[dropped].first;
  run->sample_count -= offset;
  memmove(run->samples_ms, run->samples_ms + offset,
          (size_t)run->sample_count * sizeof *run->samples_ms);
  if (run->times != NULL) {
    memmove(run->times, run->times + offset, (size_t)run->sample_count * sizeof *run->times);
  }
  run->call_count -= dropped;
  memmove(run->calls, run->calls + dropped, (size_t)run->call_count * sizeof *run->calls);
  for (int c = 0; c < run->call_count; ++c) run->calls[c].first -= offset;
}

// Only where the calling thread does all the work does its processor time tell who else ran.
static bool one_thread_computes(const bench_run* run) {
  return strcmp(run->config.delegate, "reference") == 0 ||
         (strcmp(run->config.delegate, "cpu") == 0 && run->config.threads == 1);
}

double bench_run_waited_share(const bench_run* run) {
  const int threads = run->config.threads;
  if (strcmp(run->config.delegate, "cpu") != 0 || run->wall_s <= 0) return NAN;
  // More threads than processors wait for each other.
  if (threads > lm_processors_allowed()) return NAN;
  return run->waited_s / (run->wall_s * threads);
}

lm_status bench_run_finish(bench_run* run, lm_error* err) {
  if (run->err.status != LM_OK) {
    return LM_FAIL(err, run->err.status, "%s", run->err.message);
  }
  keep_repetitions(run);
  if (run->times != NULL &&
      !bench_time_budget_make(run->times, run->samples_ms, run->sample_count, &run->budget)) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "statistics");
  }
  double total_ms = 0;
  for (int64_t i = 0; i < run->sample_count; ++i) {
    total_ms += run->samples_ms[i] * (double)run->batch;
  }
  const bench_evidence evidence = {
      .check = &run->check,
      .warmup = &run->warmup,
      .budget = &run->budget,
      .summary = &run->summary,
      .samples = run->samples_ms,
      .repetitions = run->calls,
      .repetition_count = run->call_count,
      .measured_s = total_ms * 1e-3,
      .cpu_share = one_thread_computes(run) && run->wall_s > 0 ? run->cpu_s / run->wall_s : NAN,
      .waited_share = bench_run_waited_share(run),
      .min_time_s = run->config.options->min_time_s,
      .min_samples = run->config.options->min_samples,
  };
  if (!lm_summarize(run->samples_ms, run->sample_count, &run->summary) ||
      !bench_judge(&evidence, &run->verdict)) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "statistics");
  }
  run->work = bench_work_of(&run->session);
  if (!run->config.options->profile) return LM_OK;
  show(run, "profiling");
  return bench_profile_run(&run->session, &run->profile, err);
}

void bench_run_free(bench_run* run) {
  lm_session_close(&run->session);
  bench_profile_free(&run->profile);
  free(run->samples_ms);
  free(run->times);
  free(run->calls);
  run->times = NULL;
  run->samples_ms = NULL;
  run->calls = NULL;
}

double bench_run_macs_per_second(const bench_run* run) {
  const double macs = (double)lm_interpreter_report(run->session.interpreter)->macs;
  return macs > 0 && run->summary.median > 0 ? 1e3 * macs / run->summary.median : NAN;
}

double bench_run_fraction_of_peak(const bench_run* run) {
  return bench_work_fraction(&run->work, run->peak, run->config.threads,
                             1e-3 * run->summary.median);
}

double bench_run_peak_over_plan(const bench_run* run) {
  const lm_plan_report* report = lm_interpreter_report(run->session.interpreter);
  // With a device, the process holds its driver, and the device what was planned.
  if (lm_session_device(&run->session) != NULL) return NAN;
  const double planned = (double)(report->packed_bytes + report->arena_bytes);
  return planned > 0 ? bench_probe_peak(&run->probe) / planned : NAN;
}

int32_t bench_run_left_behind(const bench_run* run) {
  if (strcmp(run->config.delegate, "reference") == 0) return 0;
  const lm_plan_report* report = lm_interpreter_report(run->session.interpreter);
  const lm_graph* graph = lm_interpreter_graph(run->session.interpreter);
  int32_t count = 0;
  for (int32_t n = 0; n < report->node_count; ++n) {
    count += report->placements[n].delegate_index < 0 && !graph->nodes[n].folded;
  }
  return count;
}
