// SPDX-License-Identifier: MIT
#include "verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Half width of the interval, and shifts of the median, that still count as quiet.
static const double kQuiet = 0.02;
// The thread that computes should have the processor nearly all the time.
static const double kLeastCpuShare = 0.95;

const char* bench_verdict_name(bench_verdict_status status) {
  static const char* const kNames[] = {
#define NAME(name) #name,
      BENCH_VERDICTS(NAME)
#undef NAME
  };
  return kNames[status];
}

static void LM_PRINTF(3, 4)
    add_reason(bench_verdict* verdict, bench_verdict_status status, const char* format, ...) {
  if (status > verdict->status) verdict->status = status;
  if (verdict->reason_count == BENCH_VERDICT_REASONS) return;
  char* reason = verdict->reasons[verdict->reason_count++];
  va_list args;
  va_start(args, format);
  vsnprintf(reason, BENCH_VERDICT_REASON_SIZE, format, args);
  va_end(args);
}

static void judge_check(const bench_check* check, bench_verdict* out) {
  if (check->status == BENCH_CHECK_MISMATCH) {
    add_reason(out, BENCH_VERDICT_INVALID,
               "%" PRId64 " of %" PRId64
               " output values differ from the reference kernels, by up "
               "to %.3g",
               check->mismatched, check->elements, check->max_abs);
  } else if (check->status == BENCH_CHECK_SKIPPED && !check->is_reference) {
    add_reason(out, BENCH_VERDICT_VALID, "output not compared: %s", check->why_skipped);
  }
}

static void judge_budget(const bench_time_budget* budget, bench_verdict* out) {
  char why[BENCH_VERDICT_REASON_SIZE];
  if (budget == NULL) return;
  if (*bench_time_budget_contradiction(budget, why, sizeof why) == '\0') return;
  add_reason(out, BENCH_VERDICT_CONTRADICTION, "%s", why);
}

static void judge_count(const bench_evidence* e, bench_verdict* out) {
  if (e->summary->count < LM_MIN_SAMPLES_MEDIAN) {
    add_reason(out, BENCH_VERDICT_TOO_FEW,
               "%" PRId64 " samples; an interval for the median takes %d", e->summary->count,
               LM_MIN_SAMPLES_MEDIAN);
  } else if (e->summary->count < e->min_samples) {
    add_reason(out, BENCH_VERDICT_TOO_FEW, "%" PRId64 " samples, %d were asked for",
               e->summary->count, e->min_samples);
  }
  // The library compares accumulated doubles; a part in a million is rounding.
  if (e->measured_s < e->min_time_s * (1 - 1e-6)) {
    add_reason(out, BENCH_VERDICT_TOO_FEW, "measured %.3g s, %.3g s were asked for", e->measured_s,
               e->min_time_s);
  }
}

static bool span_median(const double* samples, bench_span span, double* scratch, lm_interval* ci,
                        double* out) {
  memcpy(scratch, samples + span.first, (size_t)span.count * sizeof *scratch);
  lm_sort_samples(scratch, span.count);
  *out = lm_median_sorted(scratch, span.count);
  int64_t low, high;
  if (!lm_median_ci_ranks(span.count, 1, &low, &high)) return false;
  *ci = (lm_interval){scratch[low], scratch[high]};
  return true;
}

// A shift counts when it is large and the two intervals do not touch.
static bool shifted(const double* samples, bench_span a, bench_span b, double* scratch,
                    double* out_shift) {
  lm_interval ci_a, ci_b;
  double median_a, median_b;
  if (!span_median(samples, a, scratch, &ci_a, &median_a) ||
      !span_median(samples, b, scratch, &ci_b, &median_b)) {
    return false;
  }
  *out_shift = median_b / median_a - 1;
  return fabs(*out_shift) > kQuiet && (ci_a.high < ci_b.low || ci_b.high < ci_a.low);
}

static void judge_drift(const bench_evidence* e, double* scratch, bench_verdict* out) {
  double shift, widest = 0;
  for (int r = 0; r < e->repetition_count; ++r) {
    const bench_span span = e->repetitions[r];
    const bench_span first = {span.first, span.count / 2};
    const bench_span second = {span.first + span.count / 2, span.count - span.count / 2};
    if (shifted(e->samples, first, second, scratch, &shift) && fabs(shift) > fabs(widest)) {
      widest = shift;
    }
  }
  if (widest != 0) {
    add_reason(out, BENCH_VERDICT_NOISY,
               "the second half of a repetition is %+.1f %% off the first", 100 * widest);
  }
  widest = 0;
  for (int r = 1; r < e->repetition_count; ++r) {
    if (shifted(e->samples, e->repetitions[0], e->repetitions[r], scratch, &shift) &&
        fabs(shift) > fabs(widest)) {
      widest = shift;
    }
  }
  if (widest != 0) {
    add_reason(out, BENCH_VERDICT_NOISY, "repetitions differ: %+.1f %% from the first",
               100 * widest);
  }
}

static void judge_noise(const bench_evidence* e, bench_verdict* out) {
  const lm_summary* s = e->summary;
  const double half = 0.5 * (s->median_ci95.high - s->median_ci95.low) / s->median;
  if (half > kQuiet) {
    add_reason(out, BENCH_VERDICT_NOISY, "the interval's half width is %.1f %% of the median",
               100 * half);
  }
  if (e->cpu_share < kLeastCpuShare) {
    add_reason(out, BENCH_VERDICT_NOISY,
               "the computing thread ran for only %.0f %% of the measured time: other work on this "
               "machine",
               100 * e->cpu_share);
  } else if (e->waited_share > 1 - kLeastCpuShare) {
    add_reason(
        out, BENCH_VERDICT_NOISY,
        "the threads waited %.0f %% of the measured time for a processor: other work on this "
        "machine",
        100 * e->waited_share);
  }
  if (!e->warmup->steady) {
    add_reason(out, BENCH_VERDICT_NOISY, "latency was not steady after %.3g s of warm-up",
               e->warmup->total_ms * 1e-3);
  }
}

bool bench_judge(const bench_evidence* evidence, bench_verdict* out) {
  *out = (bench_verdict){0};
  judge_check(evidence->check, out);
  judge_budget(evidence->budget, out);
  judge_count(evidence, out);
  if (evidence->summary->count < LM_MIN_SAMPLES_MEDIAN) return true;
  judge_noise(evidence, out);
  double* scratch = malloc((size_t)evidence->summary->count * sizeof *scratch);
  if (scratch == NULL) return false;
  judge_drift(evidence, scratch, out);
  free(scratch);
  return true;
}
