// SPDX-License-Identifier: MIT
#include "op_profile.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_RUNS = 5, MAX_RUNS = 2000, PRINTED_OPS = 3 };
static const double kProfileUs = 500000;

void bench_profile_free(bench_profile* profile) {
  free(profile->ops);
  *profile = (bench_profile){0};
}

// Events come in the same order on every invocation: event i of a later one is row i.
static bool add_events(const lm_profiler* profiler, bench_profile* out) {
  if (out->runs == 0) {
    out->ops = calloc((size_t)profiler->count + 1, sizeof *out->ops);
    if (out->ops == NULL) return false;
    out->count = profiler->count;
    for (int32_t i = 0; i < profiler->count; ++i) {
      const lm_event* event = &profiler->events[i];
      out->ops[i] = (bench_op_time){
          .node_index = event->node_index, .kind = event->kind, .name = event->name};
    }
  }
  const int32_t count = profiler->count < out->count ? profiler->count : out->count;
  for (int32_t i = 0; i < count; ++i) {
    const lm_event* event = &profiler->events[i];
    // Control flow may take another path: such an event is not this row's.
    if (event->node_index != out->ops[i].node_index || event->kind != out->ops[i].kind) continue;
    const double us = (double)(event->end_ns - event->begin_ns) * 1e-3;
    out->ops[i].total_us += us;
    if (out->ops[i].count == 0 || us < out->ops[i].min_us) out->ops[i].min_us = us;
    ++out->ops[i].count;
  }
  out->dropped += profiler->dropped;
  return true;
}

lm_status bench_profile_run(const lm_session* session, bench_profile* out, lm_error* err) {
  *out = (bench_profile){0};
  lm_profiler profiler;
  const int32_t nodes = lm_interpreter_graph(session->interpreter)->node_count;
  lm_status status = lm_profiler_init(&profiler, 4 * nodes + 64, lm_allocator_default(), err);
  if (status != LM_OK) return status;
  lm_interpreter_set_profiler(session->interpreter, &profiler);
  while (status == LM_OK && out->runs < MAX_RUNS &&
         (out->runs < MIN_RUNS || out->wall_us < kProfileUs)) {
    lm_profiler_reset(&profiler);
    const uint64_t begin = lm_now_ns();
    status = lm_interpreter_invoke(session->interpreter, err);
    out->wall_us += (double)(lm_now_ns() - begin) * 1e-3;
    if (status == LM_OK && !add_events(&profiler, out)) {
      status = LM_FAIL(err, LM_OUT_OF_MEMORY, "profile of %d events", profiler.count);
    }
    lm_program_times times;
    if (lm_interpreter_program_times(session->interpreter, &times)) {
      bench_kernel_times_add(&out->kernels, &times);
    }
    ++out->runs;
  }
  lm_interpreter_set_profiler(session->interpreter, NULL);
  lm_profiler_deinit(&profiler);
  if (status != LM_OK) {
    bench_profile_free(out);
  } else {
    bench_profile_describe(session, out);
  }
  return status;
}

static const char* kind_name(lm_event_kind kind) {
  return kind == LM_EVENT_NODE ? "node" : kind == LM_EVENT_PROGRAM ? "program" : "kernel";
}

// NAN: the row has none.
static double macs_per_second(const bench_profile* profile, const bench_op_time* op) {
  if (op->macs == 0 || !(op->total_us > 0)) return NAN;
  return 1e6 * (double)op->macs * (double)profile->runs / op->total_us;
}

// Time that the row's work takes at peak over its time; NAN: no work, or no peak.
static double fraction_of_peak(const bench_profile* profile, const bench_op_time* op,
                               const bench_peak* peak, int threads) {
  if (op->macs == 0 || !(op->total_us > 0)) return NAN;
  const double seconds = 1e-6 * op->total_us / (double)profile->runs;
  return bench_peak_seconds(peak, op->type, threads, op->macs) / seconds;
}

static void add_op(lm_json* json, cJSON* ops, const bench_profile* profile, const bench_op_time* op,
                   const bench_peak* peak, int threads) {
  cJSON* object = lm_json_object(json, ops, NULL);
  lm_json_integer(json, object, "index", op->node_index);
  lm_json_string(json, object, "op", op->op);
  lm_json_string(json, object, "delegate", op->delegate);
  lm_json_string(json, object, "kind", kind_name(op->kind));
  lm_json_string(json, object, "kernel", op->name);
  lm_json_number(json, object, "mean_us", op->total_us / (double)profile->runs);
  lm_json_number(json, object, "min_us", op->min_us);
  lm_json_number(json, object, "share", op->total_us / profile->wall_us);
  lm_json_string(json, object, "shape", op->shape);
  lm_json_integer(json, object, "macs", (int64_t)op->macs);
  lm_json_integer(json, object, "bytes", (int64_t)op->bytes);
  lm_json_string(json, object, "type",
                 op->type < BENCH_PEAK_TYPE_COUNT ? bench_peak_type_name(op->type) : NULL);
  lm_json_number(json, object, "macs_per_second", macs_per_second(profile, op));
  lm_json_number(json, object, "fraction_of_peak", fraction_of_peak(profile, op, peak, threads));
  lm_json_bool(json, object, "winograd", bench_kernel_is_winograd(op->name));
}

void bench_profile_json(lm_json* json, cJSON* result, const bench_profile* profile,
                        const bench_peak* peak, int threads) {
  if (profile->runs == 0) return;
  cJSON* ops = lm_json_array(json, result, "ops");
  double covered = 0;
  for (int32_t i = 0; i < profile->count; ++i) {
    const bench_op_time* op = &profile->ops[i];
    if (op->detailed) continue;
    covered += op->total_us;
    add_op(json, ops, profile, op, peak, threads);
  }
  cJSON* object = lm_json_object(json, result, "profile");
  lm_json_integer(json, object, "runs", profile->runs);
  lm_json_number(json, object, "mean_ms", profile->wall_us * 1e-3 / (double)profile->runs);
  lm_json_number(json, object, "covered", covered / profile->wall_us);
  lm_json_integer(json, object, "dropped_events", profile->dropped);
}

static int by_time(const void* a, const void* b) {
  const bench_op_time *x = a, *y = b;
  return (x->total_us < y->total_us) - (x->total_us > y->total_us);
}

// "  92.1 GMAC/s, 78 % of peak"; nothing for ops that multiply nothing.
static void print_speed(const bench_profile* profile, const bench_op_time* op,
                        const bench_peak* peak, int threads) {
  const double speed = macs_per_second(profile, op);
  if (isnan(speed)) return;
  printf("  %.4g GMAC/s", 1e-9 * speed);
  const double fraction = fraction_of_peak(profile, op, peak, threads);
  if (!isnan(fraction)) printf(", %.0f %% of peak", 100 * fraction);
}

void bench_profile_print(const bench_profile* profile, const bench_peak* peak, int threads) {
  if (profile->runs == 0) return;
  bench_op_time* rows = calloc((size_t)profile->count + 1, sizeof *rows);
  if (rows == NULL) return;
  int32_t count = 0;
  double covered = 0;
  for (int32_t i = 0; i < profile->count; ++i) {
    if (profile->ops[i].detailed) continue;
    rows[count++] = profile->ops[i];
    covered += profile->ops[i].total_us;
  }
  qsort(rows, (size_t)count, sizeof *rows, by_time);
  printf("  profiled: %" PRId64 " invocations, %.3f ms each, ops cover %.1f %%; the slowest:\n",
         profile->runs, profile->wall_us * 1e-3 / (double)profile->runs,
         100 * covered / profile->wall_us);
  for (int32_t i = 0; i < count && i < PRINTED_OPS; ++i) {
    const bench_op_time* op = &rows[i];
    printf("  %5.1f %% %10.1f us  %4d %-18s %s  %s", 100 * op->total_us / profile->wall_us,
           op->total_us / (double)profile->runs, op->node_index, op->op, op->shape,
           op->name != NULL ? op->name : "");
    print_speed(profile, op, peak, threads);
    printf("\n");
  }
  if (count > PRINTED_OPS) printf("  ... and %d more\n", count - PRINTED_OPS);
  free(rows);
}
