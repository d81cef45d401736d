// SPDX-License-Identifier: MIT
//
// What the report knows: the result files as C structs. Absent numbers are NAN, absent texts NULL;
// every text is clean (see lm__pool_clean). Everything belongs to the pool.
#ifndef LITMARK_REPORTS_REPORT_DATA_H_
#define LITMARK_REPORTS_REPORT_DATA_H_

#include <stdbool.h>

#include "report_pool.h"
#include "stats.h"

typedef struct lm_burst_facts {  ///< a rate a second, of several short bursts
  double best, median, worst, bursts;
} lm_burst_facts;

typedef struct lm_rate_facts {  ///< what the machine multiplies at best
  const char *type, *set, *instruction;
  double threads;
  lm_burst_facts macs;
} lm_rate_facts;

typedef struct lm_read_facts {  ///< what it reads at best
  const char* level;
  double threads, buffer_bytes;
  lm_burst_facts bytes;
} lm_read_facts;

typedef struct lm_file_context {
  const char* path;  ///< of the result file
  const char *tool, *git, *build_type, *compiler, *flags;
  const char *date, *host, *os, *cpu, *isa, *governor, *caches, *load_average, *command;
  double cpu_logical, cpu_allowed, memory_bytes;
  lm_interval frequency_mhz;
  const lm_rate_facts* rates;
  const lm_read_facts* reads;
  int rate_count, read_count;
  int aslr;  ///< 1, 0, or -1: unknown
} lm_file_context;

typedef struct lm_model_facts {
  const char *file, *name, *sha256, *precision, *inputs, *outputs;
  double bytes, weight_bytes, macs, node_count;
} lm_model_facts;

typedef struct lm_placed {  ///< what one delegate ran
  const char* name;
  double nodes, macs, partitions;
} lm_placed;

typedef struct lm_node_facts {
  const char *op, *delegate, *kernel, *why_not;
  double partition, macs;
} lm_node_facts;

typedef struct lm_op_facts {
  double index, mean_us, share, macs, bytes, macs_per_second, fraction_of_peak;
  const char *shape, *op, *delegate, *kind, *kernel;
} lm_op_facts;

typedef struct lm_part_size {  ///< sections of one part of the program
  const char* name;
  double text, rodata, data, bss;
} lm_part_size;

typedef struct lm_latency_facts {
  double median, mean, stddev, min, max, p90, p95, p99, count, batch;
  lm_interval ci95;
} lm_latency_facts;

typedef struct lm_phase_facts {
  double load, delegate_init, plan, first, warmup, warmup_count;
} lm_phase_facts;

enum { LM_PEAK_BASELINE, LM_PEAK_LOAD, LM_PEAK_PLAN, LM_PEAK_FIRST, LM_PEAK_STEADY, LM_PEAK_COUNT };

typedef struct lm_memory_facts {
  double peak[LM_PEAK_COUNT];
  double anonymous, file_backed, arena, arena_bound, arena_naive, packed, persistent, device,
      peak_over_plan;
  const char* method;
} lm_memory_facts;

typedef struct lm_device_facts {  ///< of delegates that list devices
  const char *name, *type, *platform, *driver, *api, *choice;
  double memory_bytes, compute_units;
} lm_device_facts;

typedef struct lm_time_facts {  ///< where the time of an inference went, in milliseconds
  double invocation, outside, program, upload, enqueue, wait, download, rest, device, gap;
  double dispatches, submits, gap_per_dispatch_us;
  double cold, warm;  ///< opening and planning before and after the cache was filled
} lm_time_facts;

typedef struct lm_score {
  double correct, total, ratio;
  lm_interval ci95;
} lm_score;

typedef struct lm_agreement {
  const char* with;
  double same, total, right_to_wrong, wrong_to_right, p;
} lm_agreement;

typedef struct lm_recipe {
  const char *dataset, *dataset_sha256, *resize, *mean, *std, *source, *channels, *sha256;
  double images, classes, crop, label_offset;
} lm_recipe;

typedef struct lm_result {
  int source;  ///< index of the file it stands in
  bool is_eval;
  const char *name, *requested, *delegate, *ran_on, *device;
  const char* settings;  ///< "fp16, quantized as float": what is not the default; NULL: nothing
  lm_device_facts device_info;
  lm_time_facts times;
  double threads;
  lm_model_facts model;
  const lm_placed* placed;
  const lm_node_facts* nodes;
  const lm_op_facts* ops;
  const lm_part_size* parts;
  const lm_agreement* agreements;
  int placed_count, node_count, op_count, part_count, agreement_count;
  lm_latency_facts latency;
  lm_phase_facts phases;
  lm_memory_facts memory;
  double program_file_bytes, macs_per_second, peak_macs_per_second, fraction_of_peak;
  bool winograd;
  const char *check_status, *check_against, *check_why_skipped;
  double check_max_abs, check_mismatched, check_elements;
  const char *verdict, *verdict_reasons;
  lm_score top1, top5;
  lm_recipe recipe;
  double eval_median, eval_mean;
} lm_result;

typedef struct lm_failure_facts {  ///< a configuration that was asked for and did not run
  const char *model, *delegate, *message;
  double threads;
} lm_failure_facts;

/// One engine's part in a comparison of engines: a model at a number of threads.
typedef struct lm_contest {
  int source;  ///< index of the file it stands in
  int row;     ///< equal for the engines that were interleaved with each other
  bool is_baseline;
  const char *engine, *status, *message;
  lm_model_facts model;  ///< file, name, sha256, precision, bytes and macs only
  double threads, threads_used, processors, blocks;
  double load, compile, first, median, ratio;
  lm_interval ci95, ratio_ci95;
  const char* verdict;  ///< of the ratio
  const char* why_unknown;
  double elements, mismatched, max_abs, max_relative;
  int top1_same;  ///< 1, 0, or -1: unknown
} lm_contest;

/// An engine of a comparison.
typedef struct lm_engine_facts {
  int source;
  const char *name, *what, *version, *path;
} lm_engine_facts;

/// All files of one report.
typedef struct lm_results {
  lm_file_context* files;
  lm_result* items;
  lm_failure_facts* failures;
  lm_contest* contests;
  lm_engine_facts* engines;
  int file_count, count, failure_count, contest_count, engine_count;
  int contest_rows;  ///< numbers of rows given out
} lm_results;

#endif  // LITMARK_REPORTS_REPORT_DATA_H_
