// SPDX-License-Identifier: MIT
//
// The statistics that results state. No distribution is assumed anywhere; what a sample is too
// small to support is NAN, never a guess.
#ifndef LITMARK_HARNESS_STATS_H_
#define LITMARK_HARNESS_STATS_H_

#include <stdbool.h>
#include <stdint.h>

typedef struct lm_interval {
  double low, high;  ///< both NAN: not enough samples
} lm_interval;

typedef struct lm_summary {
  int64_t count;
  double median, mean, min, max;  ///< NAN when count is 0
  double stddev;                  ///< of the sample (n - 1); NAN below 2
  lm_interval median_ci95;        ///< NAN below 6 samples
  double p90, p95, p99;           ///< NAN below 29, 59, 299 samples
  /// Lag-1 autocorrelation of "above the median"; 0 below 30 samples or where it is not above what
  /// chance gives. Above 0 the interval is widened, because neighbours repeat each other.
  double autocorrelation;
} lm_summary;

/// Least samples for a two-sided 95 % interval of the median: 1 - 2^(1-6) >= 0.95.
#define LM_MIN_SAMPLES_MEDIAN 6

/// Least samples whose maximum bounds percentile `p` (0 to 1) from above with 95 % confidence:
/// 1 - p^n >= 0.95; 29, 59, 299 for 0.90, 0.95, 0.99.
int64_t lm_min_samples_percentile(double p);

/// Summarises `samples`, which are in the order in which they were taken. False: out of memory.
bool lm_summarize(const double* samples, int64_t count, lm_summary* out);

/// Ranks (from 0) of the two order statistics of `count` samples that enclose the median with at
/// least 95 % confidence; false below LM_MIN_SAMPLES_MEDIAN. `widen` (at least 1) multiplies the
/// distance from the middle.
bool lm_median_ci_ranks(int64_t count, double widen, int64_t* out_low, int64_t* out_high);

/// Percentile `p` of ascending samples, nearest rank: a value that was really measured. NAN where
/// lm_min_samples_percentile() asks for more samples.
double lm_percentile(const double* sorted, int64_t count, double p);

/// Median of ascending samples; NAN when there are none.
double lm_median_sorted(const double* sorted, int64_t count);

/// Sorts ascending, in place.
void lm_sort_samples(double* samples, int64_t count);

/// 95 % interval of a proportion after Wilson (1927). Both NAN when total is 0.
lm_interval lm_wilson95(int64_t successes, int64_t total);

/// Exact two-sided McNemar test: the chance of a split at least as uneven as `a_only` against
/// `b_only` if both were equally likely. 1 when both are 0.
double lm_mcnemar_exact(int64_t a_only, int64_t b_only);

#endif  // LITMARK_HARNESS_STATS_H_
