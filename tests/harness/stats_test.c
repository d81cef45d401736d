// SPDX-License-Identifier: MIT
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stats.h"

static void assert_near(double got, double want, double tolerance) {
  if (!(fabs(got - want) <= tolerance)) fail_msg("got %.17g, want %.17g", got, want);
}

static void least_samples(void** state) {
  (void)state;
  // 0.9^28 = 0.0523 > 0.05 >= 0.9^29 = 0.0471, and so on.
  assert_int_equal(lm_min_samples_percentile(0.90), 29);
  assert_int_equal(lm_min_samples_percentile(0.95), 59);
  assert_int_equal(lm_min_samples_percentile(0.99), 299);
}

static void median(void** state) {
  (void)state;
  const double values[] = {1, 2, 4, 8};
  assert_true(isnan(lm_median_sorted(values, 0)));
  assert_near(lm_median_sorted(values, 1), 1, 0);
  assert_near(lm_median_sorted(values, 3), 2, 0);
  assert_near(lm_median_sorted(values, 4), 3, 0);
}

typedef struct rank_case {
  const char* name;
  int64_t count, low, high;
} rank_case;

// The textbook table of the sign-test interval (ranks from 0), and sums of binomial coefficients.
static const rank_case kRankCases[] = {
    {"six", 6, 0, 5},
    {"eight", 8, 0, 7},
    {"nine", 9, 1, 7},
    {"ten", 10, 1, 8},
    {"fifteen", 15, 3, 11},
    {"twenty", 20, 5, 14},
    {"thirty", 30, 9, 20},
    {"fifty", 50, 17, 32},
    {"hundred", 100, 39, 60},
    {"exact", 1000, 468, 531},
    {"approximate", 1001, 469, 531},
    {"large", 5000, 2430, 2569},
};

static void median_ranks(void** state) {
  (void)state;
  int64_t low, high;
  assert_false(lm_median_ci_ranks(5, 1, &low, &high));
  for (size_t i = 0; i < sizeof kRankCases / sizeof kRankCases[0]; ++i) {
    const rank_case* c = &kRankCases[i];
    assert_true(lm_median_ci_ranks(c->count, 1, &low, &high));
    // The normal approximation may be off by one rank.
    const int64_t slack = c->count > 1000;
    if (llabs(low - c->low) > slack || llabs(high - c->high) > slack) {
      fail_msg("%s: got %d..%d, want %d..%d", c->name, (int)low, (int)high, (int)c->low,
               (int)c->high);
    }
    assert_int_equal(low, c->count - 1 - high);
  }
  assert_true(lm_median_ci_ranks(100, 2, &low, &high));
  assert_int_equal(low, 28);  // 49.5 - 2 * 10.5, rounded outwards
  assert_true(lm_median_ci_ranks(100, 50, &low, &high));
  assert_int_equal(low, 0);
}

static void percentiles(void** state) {
  (void)state;
  double values[300];
  for (int i = 0; i < 300; ++i) values[i] = i + 1;
  assert_true(isnan(lm_percentile(values, 28, 0.90)));
  assert_near(lm_percentile(values, 29, 0.90), 27, 0);  // rank ceil(26.1)
  assert_true(isnan(lm_percentile(values, 58, 0.95)));
  assert_near(lm_percentile(values, 100, 0.95), 95, 0);
  assert_true(isnan(lm_percentile(values, 298, 0.99)));
  assert_near(lm_percentile(values, 300, 0.99), 297, 0);
}

static void summary(void** state) {
  (void)state;
  lm_summary s;
  const double values[] = {9, 2, 4, 4, 5, 4, 7, 5};
  assert_true(lm_summarize(values, 8, &s));
  assert_int_equal(s.count, 8);
  assert_near(s.mean, 5, 0);
  assert_near(s.median, 4.5, 0);
  assert_near(s.min, 2, 0);
  assert_near(s.max, 9, 0);
  assert_near(s.stddev, sqrt(32.0 / 7.0), 1e-15);
  assert_near(s.median_ci95.low, 2, 0);
  assert_near(s.median_ci95.high, 9, 0);
  assert_true(isnan(s.p90));
  assert_true(lm_summarize(values, 5, &s));
  assert_true(isnan(s.median_ci95.low));
  assert_true(lm_summarize(values, 1, &s));
  assert_true(isnan(s.stddev));
  assert_near(s.median, 9, 0);
  assert_true(lm_summarize(NULL, 0, &s));
  assert_true(isnan(s.median) && isnan(s.mean));
}

// The same hundred values, shuffled evenly and in two blocks.
static void autocorrelation_widens(void** state) {
  (void)state;
  double alternating[100], blocks[100];
  for (int i = 0; i < 100; ++i) {
    alternating[i] = i % 2 == 0 ? i / 2 : 50 + i / 2;
    blocks[i] = i;
  }
  lm_summary a, b;
  assert_true(lm_summarize(alternating, 100, &a) && lm_summarize(blocks, 100, &b));
  assert_near(a.autocorrelation, 0, 0);
  assert_near(a.median_ci95.low, 39, 0);
  assert_near(a.median_ci95.high, 60, 0);
  // 49 + 49 equal neighbours, one change: (98 - 1) / 4 / 25.
  assert_near(b.autocorrelation, 0.97, 1e-12);
  assert_true(b.median_ci95.low <= 0 && b.median_ci95.high >= 99);
  assert_near(b.median, a.median, 0);
}

static void wilson(void** state) {
  (void)state;
  // Newcombe 1998 (Statistics in Medicine 17:857), table I: 81 of 263.
  lm_interval i = lm_wilson95(81, 263);
  assert_near(i.low, 0.2553, 5e-5);
  assert_near(i.high, 0.3662, 5e-5);
  // z^2 / (n + z^2).
  i = lm_wilson95(0, 10);
  assert_near(i.low, 0, 1e-15);
  assert_near(i.high, 0.2775327998628892, 1e-12);
  i = lm_wilson95(10, 10);
  assert_near(i.low, 1 - 0.2775327998628892, 1e-12);
  assert_true(i.high <= 1);
  assert_true(isnan(lm_wilson95(0, 0).low));
}

static void mcnemar(void** state) {
  (void)state;
  assert_near(lm_mcnemar_exact(0, 0), 1, 0);
  assert_near(lm_mcnemar_exact(5, 5), 1, 0);
  assert_near(lm_mcnemar_exact(0, 6), 2.0 / 64, 1e-15);
  assert_near(lm_mcnemar_exact(9, 1), 22.0 / 1024, 1e-15);
  assert_near(lm_mcnemar_exact(1, 9), 22.0 / 1024, 1e-15);
  assert_near(lm_mcnemar_exact(0, 2000), 0, 1e-300);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(least_samples), cmocka_unit_test(median),
      cmocka_unit_test(median_ranks),  cmocka_unit_test(percentiles),
      cmocka_unit_test(summary),       cmocka_unit_test(autocorrelation_widens),
      cmocka_unit_test(wilson),        cmocka_unit_test(mcnemar),
  };
  return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
