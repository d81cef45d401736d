// SPDX-License-Identifier: MIT
#include "comparison.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "litmark/profiler.h"

// A sample lasts at least this long, so that reading the clock does not count.
static const double kLeastSampleMs = 0.02;
// Untimed beginning of a turn; --warmup-time caps it. Pools of the engine before spin for
// milliseconds before they sleep, and caches hold that engine's weights.
static const double kTurnWarmupMs = 50;
static const double kFirstWarmupMs = 300;
enum { TURN_WARMUP_INVOCATIONS = 2 };

const char* bench_ratio_verdict_name(bench_ratio_verdict verdict) {
  static const char* const kNames[] = {NULL, "slower", "faster", "open"};
  return kNames[verdict];
}

const char* bench_contender_status_name(bench_contender_status status) {
  static const char* const kNames[] = {"measured", "refused", "failed"};
  return kNames[status];
}

static double process_cpu_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

// The engine is closed at once: what it keeps alive would disturb the others.
static void give_up(bench_contender* c, bench_contender_status status, const lm_error* err) {
  c->status = status;
  c->code = err->status;
  snprintf(c->message, sizeof c->message, "%s",
           err->message[0] != '\0' ? err->message : lm_status_text(err->status));
  lm_engine_close(c->engine);
  c->engine = NULL;
}

static double elapsed_ms(uint64_t begin) { return 1e-6 * (double)(lm_now_ns() - begin); }

static void open_contender(bench_comparison* comparison, bench_contender* c) {
  const bench_options* o = comparison->options;
  const lm_engine_options options = {
      .model_path = comparison->subject->path,
      .threads = comparison->threads,
      .precision = c->choice->precision,
      .delegate = o->delegates.items[0],
      .device = o->device,
      .flags = lm_delegate_flags_of_variant(&o->flags, c->choice->options),
  };
  lm_error err = LM_ERROR_INIT;
  lm_status status = lm_engine_open(c->choice->library, &options, &c->engine, &err);
  if (status == LM_OK) status = bench_subject_feed(comparison->subject, c->engine, &err);
  if (status != LM_OK) {
    give_up(c, BENCH_CONTENDER_REFUSED, &err);
    return;
  }
  c->load_ms = 1e-6 * (double)c->engine->load_ns;
  c->compile_ms = 1e-6 * (double)c->engine->compile_ns;
  c->threads = c->engine->threads;
  const uint64_t begin = lm_now_ns();
  status = lm_engine_invoke(c->engine, &err);
  c->first_ms = elapsed_ms(begin);
  if (status == LM_OK) {
    status = bench_subject_compare(comparison->subject, c->engine, o->tolerance, &c->output, &err);
  }
  if (status != LM_OK) give_up(c, BENCH_CONTENDER_FAILED, &err);
}

// Runs untimed for `least_ms` and states what an invocation takes.
static lm_status warm_up(bench_contender* c, double least_ms, double* out_ms, lm_error* err) {
  const uint64_t begin = lm_now_ns();
  int count = 0;
  do {
    const uint64_t last = lm_now_ns();
    const lm_status status = lm_engine_invoke(c->engine, err);
    if (status != LM_OK) return status;
    *out_ms = elapsed_ms(last);
    ++count;
  } while (count < TURN_WARMUP_INVOCATIONS || elapsed_ms(begin) < least_ms);
  return LM_OK;
}

static bool keep_sample(bench_contender* c, double sample_ms) {
  if (c->sample_count == c->sample_capacity) {
    const int64_t capacity = c->sample_capacity > 0 ? 2 * c->sample_capacity : 256;
    double* samples = realloc(c->samples_ms, (size_t)capacity * sizeof *samples);
    if (samples == NULL) return false;
    c->samples_ms = samples;
    c->sample_capacity = capacity;
  }
  c->samples_ms[c->sample_count++] = sample_ms;
  return true;
}

static lm_status measure(const bench_options* o, bench_contender* c, bench_turn* turn,
                         lm_error* err) {
  const double cpu_begin = process_cpu_ms();
  const uint64_t begin = lm_now_ns();
  double spent_ms = 0;
  turn->first = c->sample_count;
  do {
    const uint64_t sample_begin = lm_now_ns();
    for (int64_t i = 0; i < c->batch; ++i) {
      const lm_status status = lm_engine_invoke(c->engine, err);
      if (status != LM_OK) return status;
    }
    const double sample_ms = elapsed_ms(sample_begin) / (double)c->batch;
    if (!keep_sample(c, sample_ms)) return LM_FAIL(err, LM_OUT_OF_MEMORY, "samples");
    ++turn->count;
    spent_ms = elapsed_ms(begin);
  } while (turn->count < o->block_samples || spent_ms < 1e3 * o->block_time_s);
  turn->processors = spent_ms > 0 ? (process_cpu_ms() - cpu_begin) / spent_ms : NAN;
  lm_summary summary;
  if (!lm_summarize(c->samples_ms + turn->first, turn->count, &summary)) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "samples");
  }
  turn->median_ms = summary.median;
  return LM_OK;
}

static lm_status take_turn(const bench_options* o, bench_contender* c, int block, int position,
                           lm_error* err) {
  double invocation_ms = 0;
  lm_status status = warm_up(c, fmin(kTurnWarmupMs, 1e3 * o->warmup_time_s), &invocation_ms, err);
  if (status != LM_OK) return status;
  if (c->batch == 0) {
    c->batch = invocation_ms < kLeastSampleMs ? (int64_t)ceil(kLeastSampleMs / invocation_ms) : 1;
  }
  bench_turn* turn = &c->turns[block];
  *turn = (bench_turn){.position = position};
  status = measure(o, c, turn, err);
  if (status == LM_OK) c->turn_count = block + 1;
  return status;
}

// Block i begins with engine i, so that each goes first, second, ... equally often.
static lm_status run_blocks(bench_comparison* comparison, lm_error* err) {
  const bench_options* o = comparison->options;
  for (int i = 0; i < comparison->count; ++i) {
    bench_contender* c = &comparison->contenders[i];
    lm_error own = LM_ERROR_INIT;
    double unused;
    const double least_ms = fmin(kFirstWarmupMs, 1e3 * o->warmup_time_s);
    if (c->engine != NULL && warm_up(c, least_ms, &unused, &own) != LM_OK) {
      give_up(c, BENCH_CONTENDER_FAILED, &own);
    }
  }
  for (int block = 0; block < o->blocks; ++block) {
    for (int position = 0; position < comparison->count; ++position) {
      bench_contender* c = &comparison->contenders[(block + position) % comparison->count];
      if (c->engine == NULL) continue;
      lm_error own = LM_ERROR_INIT;
      const lm_status status = take_turn(o, c, block, position, &own);
      if (status == LM_OUT_OF_MEMORY) return LM_FAIL(err, status, "%s", own.message);
      if (status != LM_OK) give_up(c, BENCH_CONTENDER_FAILED, &own);
    }
  }
  return LM_OK;
}

static lm_status summarize_turns(bench_contender* c, lm_error* err) {
  double* values = calloc((size_t)c->turn_count + 1, sizeof *values);
  lm_summary processors;
  bool ok = values != NULL;
  for (int t = 0; ok && t < c->turn_count; ++t) values[t] = c->turns[t].processors;
  ok = ok && lm_summarize(values, c->turn_count, &processors);
  for (int t = 0; ok && t < c->turn_count; ++t) values[t] = c->turns[t].median_ms;
  ok = ok && lm_summarize(values, c->turn_count, &c->latency);
  free(values);
  if (!ok) return LM_FAIL(err, LM_OUT_OF_MEMORY, "statistics");
  c->processors = processors.median;
  return LM_OK;
}

static lm_status summarize_ratio(const bench_contender* baseline, bench_contender* c,
                                 lm_error* err) {
  if (c == baseline || c->status != BENCH_CONTENDER_MEASURED ||
      baseline->status != BENCH_CONTENDER_MEASURED) {
    return LM_OK;
  }
  c->ratios = calloc((size_t)c->turn_count + 1, sizeof *c->ratios);
  if (c->ratios == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "ratios");
  for (int t = 0; t < c->turn_count; ++t) {
    c->ratios[t] = c->turns[t].median_ms / baseline->turns[t].median_ms;
  }
  if (!lm_summarize(c->ratios, c->turn_count, &c->ratio)) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "ratios");
  }
  const lm_interval ci = c->ratio.median_ci95;
  if (isnan(ci.low)) return LM_OK;
  c->verdict = ci.low > 1    ? BENCH_RATIO_SLOWER
               : ci.high < 1 ? BENCH_RATIO_FASTER
                             : BENCH_RATIO_OPEN;
  return LM_OK;
}

static lm_status begin_contender(const bench_options* options, const lm_engine_choice* choice,
                                 bench_contender* out, lm_error* err) {
  *out = (bench_contender){.choice = choice, .processors = NAN};
  out->output = (bench_difference){.max_abs = NAN, .max_relative = NAN, .top1_same = -1};
  lm_summarize(NULL, 0, &out->latency);
  lm_summarize(NULL, 0, &out->ratio);
  out->turns = calloc((size_t)options->blocks, sizeof *out->turns);
  return out->turns != NULL ? LM_OK : LM_FAIL(err, LM_OUT_OF_MEMORY, "blocks");
}

// What only Litmark's own engine tells: its kernels, and on request the time of its ops. After the
// blocks, so that profiling disturbs nobody.
static lm_status look_inside(const bench_options* options, const bench_subject* subject,
                             bench_contender* c, lm_error* err) {
  c->work = subject->work;
  if (c->engine == NULL) return LM_OK;
  const lm_session* session = lm_engine_litmark_session(c->engine);
  if (session == NULL) return LM_OK;
  c->work = bench_work_of(session);
  c->has_isa = session->uses_cpu;
  c->isa = session->isa;
  lm_session_device_text(session, c->device, sizeof c->device);
  return options->profile ? bench_profile_run(session, &c->profile, err) : LM_OK;
}

double bench_contender_macs_per_second(const bench_contender* contender) {
  uint64_t macs = contender->work.other_macs;
  for (int type = 0; type < BENCH_PEAK_TYPE_COUNT; ++type) macs += contender->work.macs[type];
  const double ms = contender->latency.median;
  return macs > 0 && ms > 0 ? 1e3 * (double)macs / ms : NAN;
}

double bench_contender_fraction(const bench_comparison* comparison,
                                const bench_contender* contender) {
  if (contender->choice->kind->on_gpu) return NAN;
  return bench_work_fraction(&contender->work, comparison->peak, comparison->threads,
                             1e-3 * contender->latency.median);
}

int bench_comparison_baseline(const lm_engine_set* set) {
  for (int i = 0; i < set->count; ++i) {
    if (strcmp(set->choices[i].name, "litmark") == 0) return i;
  }
  return 0;
}

lm_status bench_comparison_run(const bench_options* options, const lm_engine_set* set,
                               const bench_peak* peak, const bench_subject* subject, int threads,
                               bench_comparison* out, lm_error* err) {
  *out =
      (bench_comparison){.options = options, .subject = subject, .peak = peak, .threads = threads};
  out->baseline = bench_comparison_baseline(set);
  lm_status status = LM_OK;
  for (int i = 0; status == LM_OK && i < set->count; ++i) {
    status = begin_contender(options, &set->choices[i], &out->contenders[i], err);
    ++out->count;
  }
  for (int i = 0; status == LM_OK && i < out->count; ++i) {
    open_contender(out, &out->contenders[i]);
  }
  if (status == LM_OK) status = run_blocks(out, err);
  for (int i = 0; i < out->count; ++i) {
    if (status == LM_OK) status = look_inside(options, subject, &out->contenders[i], err);
    lm_engine_close(out->contenders[i].engine);
    out->contenders[i].engine = NULL;
  }
  for (int i = 0; status == LM_OK && i < out->count; ++i) {
    status = summarize_turns(&out->contenders[i], err);
  }
  for (int i = 0; status == LM_OK && i < out->count; ++i) {
    status = summarize_ratio(&out->contenders[out->baseline], &out->contenders[i], err);
  }
  if (status != LM_OK) bench_comparison_free(out);
  return status;
}

void bench_comparison_free(bench_comparison* comparison) {
  for (int i = 0; i < comparison->count; ++i) {
    bench_contender* c = &comparison->contenders[i];
    lm_engine_close(c->engine);
    free(c->turns);
    free(c->samples_ms);
    free(c->ratios);
    bench_profile_free(&c->profile);
  }
  comparison->count = 0;
}
