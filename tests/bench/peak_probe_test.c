// SPDX-License-Identifier: MIT
//
// The probe and the fractions that come of it. Nothing here depends on how fast the machine is.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cpu_features.h"
#include "peak_probe.h"
#include "work.h"

static void check_stats(const bench_burst_stats* stats) {
  assert_true(stats->count > 0);
  assert_true(isfinite(stats->best) && stats->worst > 0);
  assert_true(stats->worst <= stats->median && stats->median <= stats->best);
}

static bench_peak* measure(uint32_t isa, const int* threads, int count, bool thorough) {
  bench_peak* peak = calloc(1, sizeof *peak);
  assert_non_null(peak);
  const bench_peak_request request = {isa, threads, count, thorough};
  bench_peak_measure(&request, peak);
  return peak;
}

// Every loop of this machine runs, survives one turn, and its name says what it needs.
static void kernels_run(void** state) {
  (void)state;
  const uint32_t isa = bench_peak_permitted(lm__cpu_features());
  const bench_peak_kernel* kernel;
  int32_t count = 0, ran = 0;
  for (; (kernel = bench_peak_kernel_at(count)) != NULL; ++count) {
    assert_true(kernel->macs_per_turn > 0 && kernel->instruction[0] != '\0');
    const char* name = kernel->isa == 0 ? "scalar" : lm__cpu_set_name_at(kernel->isa, 1);
    assert_string_equal(kernel->set, name);
    if ((kernel->isa & ~isa) != 0) continue;
    kernel->run(1);
    kernel->run(3);
    ++ran;
  }
  assert_true(ran >= 2);
  print_message("%d of %d loops run here\n", (int)ran, (int)count);
}

// A reader stays inside its buffer: one that it has to itself, so that sanitizers and guard bytes
// see.
static void readers_stay_inside(void** state) {
  (void)state;
  const uint32_t isa = bench_peak_permitted(lm__cpu_features());
  const bench_peak_reader* reader;
  char* data = aligned_alloc(64, 4 * BENCH_PEAK_BLOCK);
  assert_non_null(data);
  for (size_t i = 0; i < 4 * BENCH_PEAK_BLOCK; ++i) data[i] = (char)i;
  for (int32_t i = 0; (reader = bench_peak_reader_at(i)) != NULL; ++i) {
    if ((reader->isa & ~isa) != 0) continue;
    reader->run(data, BENCH_PEAK_BLOCK, 1);
    reader->run(data, 4 * BENCH_PEAK_BLOCK, 2);
  }
  for (size_t i = 0; i < 4 * BENCH_PEAK_BLOCK; ++i) assert_int_equal(data[i], (char)i);
  free(data);
}

static void quick_probe(void** state) {
  (void)state;
  const int threads[] = {2, 1, 2};
  bench_peak* peak = measure(UINT32_MAX, threads, 3, false);
  assert_int_equal(peak->read_count, 0);
  for (int i = 0; i < peak->rate_count; ++i) check_stats(&peak->rates[i].macs);
  // One row a type and number of threads.
  assert_true(peak->rate_count == 4 || peak->rate_count == 6);
  for (int t = 1; t <= 2; ++t) {
    assert_true(bench_peak_macs(peak, BENCH_PEAK_FLOAT32, t) > 0);
    assert_true(bench_peak_macs(peak, BENCH_PEAK_INT8, t) > 0);
  }
  assert_true(isnan(bench_peak_macs(peak, BENCH_PEAK_FLOAT32, 3)));
  assert_string_equal(peak->message, "");
  free(peak);
}

static void limited_probe(void** state) {
  (void)state;
  bench_peak* peak = measure(0, NULL, 0, false);
  assert_int_equal(peak->rate_count, 2);
  for (int i = 0; i < 2; ++i) assert_string_equal(peak->rates[i].kernel->set, "scalar");
  free(peak);
}

static void thorough_probe(void** state) {
  (void)state;
  bench_peak* peak = measure(UINT32_MAX, NULL, 0, true);
  const uint32_t isa = bench_peak_permitted(lm__cpu_features());
  int expected = 0;
  const bench_peak_kernel* kernel;
  for (int32_t i = 0; (kernel = bench_peak_kernel_at(i)) != NULL; ++i) {
    expected += (kernel->isa & ~isa) == 0;
  }
  assert_int_equal(peak->rate_count, expected);
  for (int i = 0; i < peak->rate_count; ++i) check_stats(&peak->rates[i].macs);
  assert_true(peak->read_count >= 2);
  for (int i = 0; i < peak->read_count; ++i) {
    check_stats(&peak->reads[i].bytes);
    assert_int_equal(peak->reads[i].buffer_bytes % BENCH_PEAK_BLOCK, 0);
    for (int k = 0; k < i; ++k) assert_true(peak->reads[k].level < peak->reads[i].level);
  }
  assert_int_equal(peak->reads[0].level, BENCH_PEAK_L1);
  free(peak);
}

static void too_many_threads(void** state) {
  (void)state;
  const int threads[] = {1000};
  bench_peak* peak = measure(0, threads, 1, false);
  assert_non_null(strstr(peak->message, "1000 threads"));
  assert_true(isnan(bench_peak_macs(peak, BENCH_PEAK_INT8, 1000)));
  assert_true(bench_peak_macs(peak, BENCH_PEAK_INT8, 1) > 0);
  free(peak);
}

// A machine of 2 GMAC/s on floats and 8 GMAC/s on bytes.
static const bench_peak_kernel kFloat = {.type = BENCH_PEAK_FLOAT32};
static const bench_peak_kernel kByte = {.type = BENCH_PEAK_INT8};
static const bench_peak_kernel kSlowByte = {.type = BENCH_PEAK_INT8};

static bench_peak* machine(void) {
  bench_peak* peak = calloc(1, sizeof *peak);
  assert_non_null(peak);
  peak->rates[0] = (bench_peak_rate){&kFloat, 1, {2e9, 1.5e9, 1e9, 7}};
  peak->rates[1] = (bench_peak_rate){&kSlowByte, 1, {4e9, 3e9, 1e9, 7}};
  peak->rates[2] = (bench_peak_rate){&kByte, 1, {8e9, 7e9, 1e9, 7}};
  peak->rates[3] = (bench_peak_rate){&kByte, 2, {16e9, 7e9, 1e9, 7}};
  peak->rate_count = 4;
  return peak;
}

static void fractions(void** state) {
  (void)state;
  static const struct {
    const char* name;
    bench_work work;
    int threads;
    double seconds, want;
    bench_peak_type type;
  } cases[] = {
      {"float", {.macs = {1000000000}}, 1, 1, 0.5, BENCH_PEAK_FLOAT32},
      {"int8", {.macs = {0, 4000000000}}, 1, 1, 0.5, BENCH_PEAK_INT8},
      {"int8, two threads", {.macs = {0, 4000000000}}, 2, 1, 0.25, BENCH_PEAK_INT8},
      // 0.25 s of floats and 0.25 s of bytes.
      {"mixed", {.macs = {500000000, 2000000000}}, 1, 1, 0.5, BENCH_PEAK_INT8},
      {"no float peak on two threads", {.macs = {1, 2000000000}}, 2, 1, NAN, BENCH_PEAK_INT8},
      {"16 bits", {.other_macs = 1000}, 1, 1, NAN, BENCH_PEAK_TYPE_COUNT},
      {"some of 16 bits", {.macs = {5000}, .other_macs = 1000}, 1, 1, NAN, BENCH_PEAK_FLOAT32},
      {"no work", {.winograd = false}, 1, 1, NAN, BENCH_PEAK_TYPE_COUNT},
      {"no time", {.macs = {1000}}, 1, 0, NAN, BENCH_PEAK_FLOAT32},
      {"unknown time", {.macs = {1000}}, 1, NAN, NAN, BENCH_PEAK_FLOAT32},
  };
  bench_peak* peak = machine();
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    const double got =
        bench_work_fraction(&cases[i].work, peak, cases[i].threads, cases[i].seconds);
    if (isnan(got) != isnan(cases[i].want) || fabs(got - cases[i].want) > 1e-12) {
      fail_msg("%s: got %g, want %g", cases[i].name, got, cases[i].want);
    }
    assert_int_equal(bench_work_type(&cases[i].work), cases[i].type);
  }
  free(peak);
}

static void winograd_is_known_by_name(void** state) {
  (void)state;
  assert_true(bench_kernel_is_winograd("f32_winograd_4x4_3x3__avx512"));
  assert_false(bench_kernel_is_winograd("f32_gemm_7x32__avx512"));
  assert_false(bench_kernel_is_winograd(NULL));
}

static void devices_have_other_peaks(void** state) {
  (void)state;
  assert_true(bench_is_host("cpu") && bench_is_host("reference") && bench_is_host(NULL));
  assert_false(bench_is_host("vulkan") || bench_is_host("cpux"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kernels_run),
      cmocka_unit_test(readers_stay_inside),
      cmocka_unit_test(quick_probe),
      cmocka_unit_test(limited_probe),
      cmocka_unit_test(thorough_probe),
      cmocka_unit_test(too_many_threads),
      cmocka_unit_test(fractions),
      cmocka_unit_test(winograd_is_known_by_name),
      cmocka_unit_test(devices_have_other_peaks),
  };
  return cmocka_run_group_tests_name("peak_probe", tests, NULL, NULL);
}
