// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "comparison.h"

static const double kBusyShare = 0.95;
enum { CELL = 96, LEAST_MODEL_WIDTH = 12, MOST_MODEL_WIDTH = 48 };

static int model_width(const lm_list* models) {
  size_t width = LEAST_MODEL_WIDTH;
  for (int i = 0; i < models->count; ++i) {
    char name[256];
    const size_t length = strlen(lm_model_base_name(name, sizeof name, models->items[i]));
    if (length > width) width = length;
  }
  return width < MOST_MODEL_WIDTH ? (int)width : MOST_MODEL_WIDTH;
}

static int engine_width(const bench_comparison* comparison) {
  size_t width = 8;
  for (int i = 0; i < comparison->count; ++i) {
    const size_t length = strlen(comparison->contenders[i].choice->name);
    if (length > width) width = length;
  }
  return (int)width;
}

void bench_comparison_print_header(const bench_options* options, const lm_engine_set* set) {
  printf("engines, interleaved in %d blocks; ratio = time / time of %s, above 1: %s is faster\n",
         options->blocks, set->choices[bench_comparison_baseline(set)].name,
         set->choices[bench_comparison_baseline(set)].name);
  for (int i = 0; i < set->count; ++i) {
    const lm_engine_library* library = set->choices[i].library;
    printf("  %-18s %s%s%s\n", set->choices[i].name,
           library->version != NULL ? library->version : "version unknown",
           library->path != NULL ? "  " : "", library->path != NULL ? library->path : "");
  }
}

static const char* ratio_cell(char* buffer, const bench_contender* c) {
  const lm_interval ci = c->ratio.median_ci95;
  if (isnan(c->ratio.median)) {
    buffer[0] = '\0';
  } else if (isnan(ci.low)) {
    snprintf(buffer, CELL, "%.3f", c->ratio.median);
  } else {
    snprintf(buffer, CELL, "%.3f [%.3f, %.3f]", c->ratio.median, ci.low, ci.high);
  }
  return buffer;
}

static const char* output_cell(char* buffer, const bench_contender* c) {
  const bench_difference* d = &c->output;
  const char* top1 = d->top1_same < 0 ? "" : d->top1_same == 1 ? "" : "; top-1 differs";
  if (!d->known) {
    snprintf(buffer, CELL, "%s", d->why_unknown != NULL ? d->why_unknown : "");
  } else if (d->is_float) {
    snprintf(buffer, CELL, "relative %.1e%s", d->max_relative, top1);
  } else if (d->mismatched == 0) {
    snprintf(buffer, CELL, "equal");
  } else {
    snprintf(buffer, CELL, "%lld of %lld differ, by up to %g%s", (long long)d->mismatched,
             (long long)d->elements, d->max_abs, top1);
  }
  return buffer;
}

static void print_contender(const bench_comparison* comparison, const bench_contender* c) {
  char ratio[CELL], output[CELL];
  printf("  %-*s ", engine_width(comparison), c->choice->name);
  if (c->status != BENCH_CONTENDER_MEASURED) {
    printf("%s: %s\n", bench_contender_status_name(c->status), c->message);
    return;
  }
  printf("%10.4g ms  %-22s  %s", c->latency.median, ratio_cell(ratio, c), output_cell(output, c));
  if (c->threads > 0 && c->threads != comparison->threads) {
    printf("; has %d threads, not %d", c->threads, comparison->threads);
  }
  // Known with one thread only: with more, an engine may leave some of them idle.
  if (comparison->threads == 1 && c->processors < kBusyShare) {
    printf("; had the processor for %.0f %% of the time", 100 * c->processors);
  }
  const double fraction = bench_contender_fraction(comparison, c);
  if (!isnan(fraction)) {
    printf("; %.1f%s %% of peak", 100 * fraction, c->work.winograd ? "*" : "");
  }
  printf("\n");
  if (c->device[0] != '\0') printf("    %s\n", c->device);
  bench_profile_print(&c->profile, comparison->peak, comparison->threads);
}

void bench_comparison_print(const bench_comparison* comparison) {
  char name[256];
  const int width = model_width(&comparison->options->models);
  printf("%-*.*s %-8s %d thread%s\n", width, width,
         lm_model_base_name(name, sizeof name, comparison->subject->path),
         comparison->subject->precision, comparison->threads, comparison->threads == 1 ? "" : "s");
  for (int i = 0; i < comparison->count; ++i) {
    print_contender(comparison, &comparison->contenders[i]);
  }
  fflush(stdout);
}
