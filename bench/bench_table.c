// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench_output.h"
#include "isa_option.h"
#include "model_info.h"

enum { LEAST_MODEL_WIDTH = 12, CELL = 48 };
static const double kMiB = 1048576;

static int model_width(const lm_list* models) {
  size_t width = LEAST_MODEL_WIDTH;
  for (int i = 0; i < models->count; ++i) {
    char name[256];
    const size_t length = strlen(lm_model_base_name(name, sizeof name, models->items[i]));
    if (length > width) width = length;
  }
  return width < 60 ? (int)width : 60;
}

void bench_output_header(const bench_options* options, const bench_peak* peak) {
  const lm_isa isa = lm_delegate_flags_isa(&options->flags);
  char sets[160];
  printf("instruction sets of the cpu delegate: %s\n", lm_isa_text(&isa, sets, sizeof sets));
  bench_peak_print(peak);
  printf("%-*s %-8s %-13s %7s %20s %10s %9s %10s %15s %15s %8s %8s %7s %6s  %s\n",
         model_width(&options->models), "model", "type", "ran on", "threads", "median ms", "p95 ms",
         "first ms", "load+init", "peak MiB (x)", "arena MiB (x)", "file MB", "MMAC", "GMAC/s",
         "% peak", "verdict");
}

// Four significant digits, whatever the size.
static const char* digits(char* buffer, double value) {
  if (isnan(value)) {
    snprintf(buffer, CELL, "-");
  } else {
    const int decimals = value >= 1000  ? 0
                         : value >= 100 ? 1
                         : value >= 10  ? 2
                         : value >= 1   ? 3
                                        : 4;
    snprintf(buffer, CELL, "%.*f", decimals, value);
  }
  return buffer;
}

static const char* median_cell(char* buffer, const lm_summary* summary) {
  char median[CELL];
  digits(median, summary->median);
  const double width = summary->median_ci95.high - summary->median_ci95.low;
  if (isnan(width)) {
    snprintf(buffer, 2 * CELL, "%s", median);
  } else {
    // The interval need not be symmetric; its half width is what fits into a table.
    const double percent = 50 * width / summary->median;
    snprintf(buffer, 2 * CELL, "%.*s +-%4.*f %%", CELL - 1, median, percent < 9.95 ? 1 : 0,
             percent);
  }
  return buffer;
}

// Bytes as MiB, and how many times what they are to be compared with.
static const char* times_cell(char* buffer, double bytes, double times) {
  char mib[CELL];
  digits(mib, bytes / kMiB);
  if (isnan(times)) {
    snprintf(buffer, 2 * CELL, "%s", mib);
  } else {
    snprintf(buffer, 2 * CELL, "%s (%.2f)", mib, times);
  }
  return buffer;
}

static double arena_over_bound(const lm_plan_report* report) {
  return report->arena_lower_bound_bytes > 0
             ? (double)report->arena_bytes / (double)report->arena_lower_bound_bytes
             : NAN;
}

// A star where Winograd runs: its multiplications are fewer than those that are counted.
static const char* fraction_cell(char* buffer, const bench_run* run) {
  const double fraction = bench_run_fraction_of_peak(run);
  if (isnan(fraction)) {
    snprintf(buffer, CELL, "-");
  } else {
    snprintf(buffer, CELL, "%.1f%s", 100 * fraction, run->work.winograd ? "*" : "");
  }
  return buffer;
}

// A device takes all of its compute units, whatever --threads says.
static const char* threads_cell(char* buffer, const bench_run* run) {
  const lm_device_info* device = lm_session_device(&run->session);
  if (device == NULL) {
    snprintf(buffer, CELL, "%d", run->config.threads);
  } else if (device->compute_units == 0) {
    snprintf(buffer, CELL, "device");
  } else {
    snprintf(buffer, CELL, "%u CU", device->compute_units);
  }
  return buffer;
}

static double start_ms(const bench_run* run) {
  if (run->probe.measured) {
    return run->probe.load_ms + run->probe.delegate_init_ms + run->probe.plan_ms;
  }
  const lm_session* session = &run->session;
  return 1e-6 * (double)(session->load_ns + session->delegate_init_ns + session->plan_ns);
}

static void print_memory_and_start(const bench_run* run) {
  const lm_plan_report* report = lm_interpreter_report(run->session.interpreter);
  char a[CELL], b[CELL];
  if (report->device_bytes > 0) {
    printf("  memory on the device: %s MiB\n", digits(a, (double)report->device_bytes / kMiB));
  }
  if (!run->cold_start.known) return;
  const double cold = bench_cold_start_ms(&run->cold_start);
  printf("  delegate and plan: %s ms with what the cache holds",
         digits(a, run->cold_start.warm_ms));
  if (isnan(cold)) {
    printf(" (nothing was added to it: no cold start)\n");
  } else {
    printf(", %s ms before that\n", digits(b, cold));
  }
}

// On a device the question is how near, not only whether near enough.
static void print_check(const bench_run* run) {
  const bench_check* check = &run->check;
  if (check->status == BENCH_CHECK_SKIPPED || lm_session_device(&run->session) == NULL) return;
  printf("  outputs: ");
  if (check->differing > 0) {
    printf("%" PRId64 " of %" PRId64 " integers differ, by up to %g steps%s", check->differing,
           check->elements, check->max_steps,
           check->integer_steps < 0 ? ", which quantized as float may" : "");
  } else if (check->max_abs > 0 || check->max_relative > 0) {
    printf("relative difference %.1e", check->max_relative);
    if (isinf(check->tolerance)) {
      printf(", which quantized as float may");
    } else {
      printf(" of %.1e allowed", check->tolerance);
    }
  } else {
    printf("equal");
  }
  printf("%s\n", check->top1_same < 0    ? ""
                 : check->top1_same == 1 ? ", same top-1"
                                         : ", TOP-1 DIFFERS");
}

void bench_output_row(const lm_list* models, const bench_run* run) {
  char name[256], ran_on[64], median[2 * CELL], p95[CELL], first[CELL], start[CELL];
  char threads[CELL], peak[2 * CELL], arena[2 * CELL], file[CELL], macs[CELL], speed[CELL],
      fraction[CELL];
  const lm_plan_report* report = lm_interpreter_report(run->session.interpreter);
  const int width = model_width(models);
  printf("%-*.*s %-8s %-13s %7s %20s %10s %9s %10s %15s %15s %8s %8s %7s %6s  %s\n", width, width,
         lm_model_base_name(name, sizeof name, run->config.model),
         lm_model_precision(run->session.model),
         lm_session_ran_on(&run->session, ran_on, sizeof ran_on), threads_cell(threads, run),
         median_cell(median, &run->summary), digits(p95, run->summary.p95),
         digits(first, run->probe.measured ? run->probe.first_ms : run->first_here_ms),
         digits(start, start_ms(run)),
         times_cell(peak, bench_probe_peak(&run->probe), bench_run_peak_over_plan(run)),
         times_cell(arena, (double)report->arena_bytes, arena_over_bound(report)),
         digits(file, (double)run->model->bytes * 1e-6), digits(macs, (double)report->macs * 1e-6),
         digits(speed, bench_run_macs_per_second(run) * 1e-9), fraction_cell(fraction, run),
         bench_verdict_name(run->verdict.status));
  if (run->verdict.status != BENCH_VERDICT_VALID) {
    for (int i = 0; i < run->verdict.reason_count; ++i) {
      printf("  %s\n", run->verdict.reasons[i]);
    }
  }
  if (run->work.winograd) {
    printf("  * Winograd convolutions multiply less than is counted: above 100 %% is possible\n");
  }
  const int32_t behind = bench_run_left_behind(run);
  if (behind > 0) {
    printf("  %d of %d nodes run on the reference kernels (litmark inspect says why)\n", behind,
           report->node_count);
  }
  char device[400];
  if (*lm_session_device_text(&run->session, device, sizeof device) != '\0') {
    printf("  %s\n", device);
  }
  print_check(run);
  bench_time_budget_print(&run->budget, &run->profile.kernels);
  print_memory_and_start(run);
  if (report->note != NULL) printf("  %s\n", report->note);
  if (!run->probe.measured && !run->config.options->no_probe) {
    printf("  memory %s\n", run->probe.method);
  }
  bench_profile_print(&run->profile, run->peak, run->config.threads);
  fflush(stdout);
}
