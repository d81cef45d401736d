// SPDX-License-Identifier: MIT
#include "stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Standard normal quantile of 0.975.
static const double kZ95 = 1.959963984540054;
enum { MIN_SAMPLES_AUTOCORRELATION = 30, EXACT_BINOMIAL_MAX = 1000 };

int64_t lm_min_samples_percentile(double p) { return (int64_t)ceil(log(0.05) / log(p)); }

static int compare_doubles(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

void lm_sort_samples(double* samples, int64_t count) {
  qsort(samples, (size_t)count, sizeof *samples, compare_doubles);
}

double lm_median_sorted(const double* sorted, int64_t count) {
  if (count <= 0) return NAN;
  const int64_t half = count / 2;
  return count % 2 == 1 ? sorted[half] : 0.5 * (sorted[half - 1] + sorted[half]);
}

double lm_percentile(const double* sorted, int64_t count, double p) {
  if (count < lm_min_samples_percentile(p)) return NAN;
  int64_t rank = (int64_t)ceil(p * (double)count - 1e-9);
  if (rank < 1) rank = 1;
  return sorted[rank - 1];
}

// ln C(n, k).
static double log_choose(int64_t n, int64_t k) {
  int sign;
  return lgamma_r((double)n + 1, &sign) - lgamma_r((double)k + 1, &sign) -
         lgamma_r((double)(n - k) + 1, &sign);
}

// P(X = k) of a fair coin thrown n times.
static double coin_pmf(int64_t n, int64_t k) {
  return exp(log_choose(n, k) - (double)n * log(2.0));
}

// The interval [x(low), x(high)] misses the median with probability 2 * P(X <= low), ranks from 0.
bool lm_median_ci_ranks(int64_t count, double widen, int64_t* out_low, int64_t* out_high) {
  *out_low = *out_high = 0;
  if (count < LM_MIN_SAMPLES_MEDIAN) return false;
  int64_t low = 0;
  if (count <= EXACT_BINOMIAL_MAX) {
    double tail = coin_pmf(count, 0);
    while ((tail += coin_pmf(count, low + 1)) <= 0.025) ++low;
  } else {
    // Normal approximation with continuity correction, rounded outwards.
    low = (int64_t)floor(0.5 * (double)count - 0.5 * kZ95 * sqrt((double)count) - 0.5);
  }
  const double middle = 0.5 * (double)(count - 1);
  if (widen > 1) low = (int64_t)floor(middle - (middle - (double)low) * widen);
  if (low < 0) low = 0;
  *out_low = low;
  *out_high = count - 1 - low;
  return true;
}

// Lag-1 autocorrelation of the indicator "above the median": as robust as the median itself.
static double autocorrelation(const double* samples, int64_t count, double median) {
  if (count < MIN_SAMPLES_AUTOCORRELATION) return 0;
  int64_t above = 0;
  for (int64_t i = 0; i < count; ++i) above += samples[i] > median;
  const double mean = (double)above / (double)count;
  double products = 0;
  for (int64_t i = 1; i < count; ++i) {
    products += ((samples[i] > median) - mean) * ((samples[i - 1] > median) - mean);
  }
  const double variance = mean * (1 - mean) * (double)count;
  const double r = variance > 0 ? products / variance : 0;
  return r > kZ95 / sqrt((double)count) ? r : 0;
}

static double sample_stddev(const double* samples, int64_t count, double mean) {
  if (count < 2) return NAN;
  double squares = 0;
  for (int64_t i = 0; i < count; ++i) squares += (samples[i] - mean) * (samples[i] - mean);
  return sqrt(squares / (double)(count - 1));
}

bool lm_summarize(const double* samples, int64_t count, lm_summary* out) {
  *out = (lm_summary){.count = count,
                      .median = NAN,
                      .mean = NAN,
                      .min = NAN,
                      .max = NAN,
                      .stddev = NAN,
                      .median_ci95 = {NAN, NAN},
                      .p90 = NAN,
                      .p95 = NAN,
                      .p99 = NAN};
  if (count <= 0) return true;
  double* sorted = malloc((size_t)count * sizeof *sorted);
  if (sorted == NULL) return false;
  memcpy(sorted, samples, (size_t)count * sizeof *sorted);
  lm_sort_samples(sorted, count);
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += sorted[i];
  out->mean = sum / (double)count;
  out->stddev = sample_stddev(sorted, count, out->mean);
  out->min = sorted[0];
  out->max = sorted[count - 1];
  out->median = lm_median_sorted(sorted, count);
  out->p90 = lm_percentile(sorted, count, 0.90);
  out->p95 = lm_percentile(sorted, count, 0.95);
  out->p99 = lm_percentile(sorted, count, 0.99);
  out->autocorrelation = autocorrelation(samples, count, out->median);
  // Variance of the mean of an AR(1) series against that of independent samples.
  const double r = fmin(out->autocorrelation, 0.99);
  int64_t low, high;
  if (lm_median_ci_ranks(count, sqrt((1 + r) / (1 - r)), &low, &high)) {
    out->median_ci95 = (lm_interval){sorted[low], sorted[high]};
  }
  free(sorted);
  return true;
}

lm_interval lm_wilson95(int64_t successes, int64_t total) {
  if (total <= 0) return (lm_interval){NAN, NAN};
  const double n = (double)total, p = (double)successes / n, z2 = kZ95 * kZ95;
  const double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kZ95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  return (lm_interval){fmax(0, centre - half), fmin(1, centre + half)};
}

double lm_mcnemar_exact(int64_t a_only, int64_t b_only) {
  const int64_t n = a_only + b_only, k = a_only < b_only ? a_only : b_only;
  if (n == 0) return 1;
  double tail = 0;
  for (int64_t i = 0; i <= k; ++i) tail += coin_pmf(n, i);
  return fmin(1, 2 * tail);
}
