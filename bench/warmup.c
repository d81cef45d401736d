// SPDX-License-Identifier: MIT
#include "warmup.h"

#include <math.h>
#include <string.h>

#include "stats.h"

enum { WINDOW_SAMPLES = 5, WINDOW_MAX = 4096 };
static const double kWindowMs = 10, kLongWindowMs = 200;

bool bench_warmup_is_steady(const double medians[BENCH_WARMUP_WINDOWS],
                            const double errors[BENCH_WARMUP_WINDOWS]) {
  for (int a = 0; a < BENCH_WARMUP_WINDOWS; ++a) {
    for (int b = a + 1; b < BENCH_WARMUP_WINDOWS; ++b) {
      const double allowed = fmax(0.01 * fmin(medians[a], medians[b]),
                                  2 * sqrt(errors[a] * errors[a] + errors[b] * errors[b]));
      if (fabs(medians[a] - medians[b]) > allowed) return false;
    }
  }
  return true;
}

// Median of a window and its standard error, estimated from the median absolute deviation (for a
// normal core: sigma = 1.4826 MAD, and the median's error is 1.2533 sigma / sqrt(n)).
static double close_window(double* samples, int count, double* out_error) {
  lm_sort_samples(samples, count);
  const double median = lm_median_sorted(samples, count);
  for (int i = 0; i < count; ++i) samples[i] = fabs(samples[i] - median);
  lm_sort_samples(samples, count);
  *out_error = 1.2533 * 1.4826 * lm_median_sorted(samples, count) / sqrt((double)count);
  return median;
}

// Five samples that together last 10 ms; fewer where a single one takes long.
static bool window_complete(int count, double elapsed_ms) {
  return (count >= WINDOW_SAMPLES && elapsed_ms >= kWindowMs) || elapsed_ms >= kLongWindowMs ||
         count == WINDOW_MAX;
}

static void push(double* values, double value) {
  memmove(values, values + 1, (BENCH_WARMUP_WINDOWS - 1) * sizeof *values);
  values[BENCH_WARMUP_WINDOWS - 1] = value;
}

lm_status bench_warmup_run(const lm_session* session, double cap_s, bench_warmup* out,
                           lm_error* err) {
  *out = (bench_warmup){0};
  double samples[WINDOW_MAX], window_ms = 0;
  double medians[BENCH_WARMUP_WINDOWS] = {0}, errors[BENCH_WARMUP_WINDOWS] = {0};
  int in_window = 0, windows = 0;
  do {
    const uint64_t begin = lm_now_ns();
    const lm_status status = lm_interpreter_invoke(session->interpreter, err);
    const double ms = (double)(lm_now_ns() - begin) * 1e-6;
    if (status != LM_OK) return status;
    ++out->count;
    out->total_ms += ms;
    window_ms += ms;
    samples[in_window++] = ms;
    if (windows == 0) out->latency_ms = ms;
    if (!window_complete(in_window, window_ms)) continue;
    double error;
    push(medians, close_window(samples, in_window, &error));
    push(errors, error);
    out->latency_ms = medians[BENCH_WARMUP_WINDOWS - 1];
    in_window = 0;
    window_ms = 0;
    out->steady = ++windows >= BENCH_WARMUP_WINDOWS && bench_warmup_is_steady(medians, errors);
  } while (!out->steady && out->total_ms < 1000 * cap_s);
  return LM_OK;
}
