// SPDX-License-Identifier: MIT
#include "time_budget.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "stats.h"

// The parts of an invocation, in the order of bench_time_budget's medians.
enum { OUTSIDE, PROGRAM, UPLOAD, ENQUEUE, WAIT, DOWNLOAD, REST, DEVICE, GAP, INVOCATION, PARTS };

// Every program's times are read from clocks of their own: the slack adds up as they do.
static double slack_ns(const lm_program_times* t, double whole_ns) {
  return whole_ns * BENCH_BUDGET_SLACK + BENCH_BUDGET_SLACK_NS * fmax(1, t->submits);
}

static double host_parts_ns(const lm_program_times* t) {
  return (double)t->upload_ns + (double)t->enqueue_ns + (double)t->wait_ns + (double)t->download_ns;
}

static void check_sample(const lm_program_times* t, double invocation_ns, bench_time_budget* out) {
  const double wall = (double)t->wall_ns, slack = slack_ns(t, wall);
  out->device_too_long += (double)t->device_ns > wall + slack;
  out->not_closed += fabs(host_parts_ns(t) - wall) > slack || wall > invocation_ns + slack;
  out->clock_stood += out->has_clock && t->device_ns == 0 && t->dispatches > 0;
}

static double part_of(const lm_program_times* t, double invocation_ns, int part) {
  switch (part) {
    case OUTSIDE:
      return invocation_ns - (double)t->wall_ns;
    case PROGRAM:
      return (double)t->wall_ns;
    case UPLOAD:
      return (double)t->upload_ns;
    case ENQUEUE:
      return (double)t->enqueue_ns;
    case WAIT:
      return (double)t->wait_ns;
    case DOWNLOAD:
      return (double)t->download_ns;
    case REST:
      return (double)t->wall_ns - host_parts_ns(t);
    case DEVICE:
      return (double)t->device_ns;
    case GAP:
      return (double)t->enqueue_ns + (double)t->wait_ns - (double)t->device_ns;
    default:
      return invocation_ns;
  }
}

bool bench_time_budget_make(const lm_program_times* times, const double* samples_ms, int64_t count,
                            bench_time_budget* out) {
  *out = (bench_time_budget){.known = count > 0, .samples = count};
  if (count == 0) return true;
  double* values = malloc((size_t)count * sizeof *values);
  if (values == NULL) return false;
  for (int64_t i = 0; i < count; ++i) out->has_clock |= times[i].device_ns > 0;
  for (int64_t i = 0; i < count; ++i) check_sample(&times[i], 1e6 * samples_ms[i], out);
  double medians[PARTS];
  for (int part = 0; part < PARTS; ++part) {
    for (int64_t i = 0; i < count; ++i) {
      values[i] = 1e-6 * part_of(&times[i], 1e6 * samples_ms[i], part);
    }
    lm_sort_samples(values, count);
    medians[part] = lm_median_sorted(values, count);
  }
  free(values);
  out->outside = medians[OUTSIDE];
  out->program = medians[PROGRAM];
  out->upload = medians[UPLOAD];
  out->enqueue = medians[ENQUEUE];
  out->wait = medians[WAIT];
  out->download = medians[DOWNLOAD];
  out->rest = medians[REST];
  out->device = out->has_clock ? medians[DEVICE] : NAN;
  out->gap = out->has_clock ? medians[GAP] : NAN;
  out->invocation = medians[INVOCATION];
  // The same in every invocation, but for control flow.
  out->dispatches = times[count - 1].dispatches;
  out->submits = times[count - 1].submits;
  return true;
}

const char* bench_time_budget_contradiction(const bench_time_budget* budget, char* buffer,
                                            size_t size) {
  const double most = BENCH_BUDGET_MOST * (double)budget->samples;
  const struct {
    int64_t count;
    const char* text;
  } kinds[] = {
      {budget->device_too_long, "the device's time is longer than the wall time"},
      {budget->not_closed, "the parts on the host do not add up to the wall time"},
      {budget->clock_stood, "kernels took no time by the device's clock"},
  };
  buffer[0] = '\0';
  for (int i = 0; budget->known && i < 3 && buffer[0] == '\0'; ++i) {
    if ((double)kinds[i].count <= most) continue;
    snprintf(buffer, size, "in %" PRId64 " of %" PRId64 " samples %s", kinds[i].count,
             budget->samples, kinds[i].text);
  }
  return buffer;
}

void bench_kernel_times_add(bench_kernel_times* sum, const lm_program_times* times) {
  ++sum->runs;
  sum->kernels_ns += times->kernels_ns;
  sum->device_ns += times->device_ns;
  sum->dispatches += times->dispatches;
}

// From the end of a kernel to the begin of the next; NAN: not known.
static double kernel_gap_us(const bench_kernel_times* sum) {
  if (sum->kernels_ns == 0 || sum->device_ns == 0 || sum->dispatches == 0) return NAN;
  return 1e-3 * ((double)sum->device_ns - (double)sum->kernels_ns) / (double)sum->dispatches;
}

static double mean_ms(uint64_t sum_ns, const bench_kernel_times* sum) {
  return sum->runs > 0 && sum_ns > 0 ? 1e-6 * (double)sum_ns / (double)sum->runs : NAN;
}

static void add_profiled(lm_json* json, cJSON* object, const bench_kernel_times* kernels) {
  if (kernels->runs == 0) {
    lm_json_null(json, object, "profiled");
    return;
  }
  cJSON* profiled = lm_json_object(json, object, "profiled");
  lm_json_integer(json, profiled, "runs", kernels->runs);
  lm_json_number(json, profiled, "kernels_ms", mean_ms(kernels->kernels_ns, kernels));
  lm_json_number(json, profiled, "device_ms", mean_ms(kernels->device_ns, kernels));
  lm_json_number(json, profiled, "dispatches", (double)kernels->dispatches / (double)kernels->runs);
  lm_json_number(json, profiled, "gap_per_dispatch_us", kernel_gap_us(kernels));
}

void bench_time_budget_json(lm_json* json, cJSON* result, const bench_time_budget* budget,
                            const bench_kernel_times* kernels) {
  if (!budget->known) {
    lm_json_null(json, result, "device_times");
    return;
  }
  cJSON* object = lm_json_object(json, result, "device_times");
  lm_json_integer(json, object, "samples", budget->samples);
  lm_json_number(json, object, "invocation_ms", budget->invocation);
  lm_json_number(json, object, "outside_ms", budget->outside);
  lm_json_number(json, object, "program_ms", budget->program);
  lm_json_number(json, object, "upload_ms", budget->upload);
  lm_json_number(json, object, "enqueue_ms", budget->enqueue);
  lm_json_number(json, object, "wait_ms", budget->wait);
  lm_json_number(json, object, "download_ms", budget->download);
  lm_json_number(json, object, "rest_ms", budget->rest);
  lm_json_number(json, object, "device_ms", budget->device);
  lm_json_number(json, object, "gap_ms", budget->gap);
  lm_json_number(json, object, "dispatches", budget->dispatches);
  lm_json_number(json, object, "submits", budget->submits);
  cJSON* against = lm_json_object(json, object, "contradictions");
  lm_json_integer(json, against, "device_too_long", budget->device_too_long);
  lm_json_integer(json, against, "not_closed", budget->not_closed);
  lm_json_integer(json, against, "clock_stood", budget->clock_stood);
  add_profiled(json, object, kernels);
}

void bench_time_budget_print(const bench_time_budget* budget, const bench_kernel_times* kernels) {
  if (!budget->known || !(budget->invocation > 0)) return;
  const double share = 100 / budget->invocation;
  printf("  time: upload %.1f %%, enqueue %.1f %%, wait %.1f %%, download %.1f %%, rest %.1f %%",
         share * budget->upload, share * budget->enqueue, share * budget->wait,
         share * budget->download, share * budget->rest);
  printf(", other nodes %.1f %%; %.0f dispatches in %.0f submit%s\n", share * budget->outside,
         budget->dispatches, budget->submits, budget->submits == 1 ? "" : "s");
  if (budget->has_clock) {
    printf("  device: %.4g ms by its own clock, %.1f %%; idle while the host waits %.1f %%\n",
           budget->device, share * budget->device, share * budget->gap);
  } else {
    printf("  device: %s\n", budget->dispatches > 0 ? "it has no clock of its own"
                                                    : "it ran no kernels, only copies");
  }
  const double gap_us = kernel_gap_us(kernels);
  if (isnan(gap_us)) return;
  printf(
      "  kernels: %.4g ms of %.4g ms on the device while profiled; %.2f us between two of %.0f\n",
      mean_ms(kernels->kernels_ns, kernels), mean_ms(kernels->device_ns, kernels), gap_us,
      (double)kernels->dispatches / (double)kernels->runs);
}
