// SPDX-License-Identifier: MIT
//
// `litmark bench`: the sweep over models, delegates and threads.
#include "bench.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_output.h"
#include "comparison.h"
#include "exit_code.h"

typedef struct sweep {
  bench_options options;
  bench_model* models;  ///< OWNED; [options.models.count]
  bench_run* runs;      ///< OWNED
  int run_count;
  lm_gbench* gbench;
  lm_result_file file;
  cJSON* failures;  ///< inside file; made with the first
  bench_binary binary;
  bench_peak peak;
  lm_progress progress;
  bool header_printed;
  int exit_code;
} sweep;

static void free_sweep(sweep* s) {
  for (int i = 0; i < s->run_count; ++i) bench_run_free(&s->runs[i]);
  for (int i = 0; s->models != NULL && i < s->options.models.count; ++i) {
    bench_reference_free(&s->models[i].reference);
  }
  free(s->runs);
  free(s->models);
  lm_gbench_destroy(s->gbench);
  lm_result_free(&s->file);
  bench_options_free(&s->options);
}

// The first failure decides what the program ends with; a finding gives way to a failure.
static void fail(sweep* s, int exit_code) {
  if (exit_code == LM_EXIT_OK) return;
  if (s->exit_code == LM_EXIT_OK || s->exit_code == LM_EXIT_FINDING) s->exit_code = exit_code;
}

static void report_failure(sweep* s, const bench_run* run, const lm_error* err) {
  lm_progress_clear(&s->progress);
  const int exit_code = lm_report_error(run->config.model, err);
  fail(s, exit_code);
  lm_json* json = &s->file.json;
  if (s->failures == NULL) s->failures = lm_json_array(json, s->file.root, "failures");
  cJSON* failure = lm_json_object(json, s->failures, NULL);
  lm_json_string(json, failure, "name", run->name);
  lm_json_string(json, failure, "model", run->config.model);
  lm_json_string(json, failure, "delegate", run->config.delegate);
  lm_json_integer(json, failure, "threads", run->config.threads);
  lm_json_integer(json, failure, "exit_code", exit_code);
  lm_json_string(json, failure, "message",
                 err->message[0] != '\0' ? err->message : lm_status_text(err->status));
}

// Rows of different files with one base name must be told apart.
static void name_run(const sweep* s, bench_run* run) {
  lm_result_name(run->name, sizeof run->name, run->config.model, run->config.delegate,
                 run->config.threads);
  for (const bench_run* other = s->runs; other != run; ++other) {
    if (strcmp(other->name, run->name) != 0) continue;
    const size_t length = strlen(run->name);
    snprintf(run->name + length, sizeof run->name - length, "#%d", (int)(run - s->runs));
    return;
  }
}

// Models outermost, so that rows to be compared stand together.
static int make_runs(sweep* s) {
  const bench_options* o = &s->options;
  regex_t regex;
  if (o->filter != NULL && regcomp(&regex, o->filter, REG_EXTENDED | REG_NOSUB) != 0) {
    return lm_report_failure(LM_EXIT_USAGE, NULL, "--benchmark_filter '%.200s' is no expression",
                             o->filter);
  }
  const size_t most =
      (size_t)o->models.count * (size_t)o->delegates.count * (size_t)o->threads_text.count;
  s->models = calloc((size_t)o->models.count, sizeof *s->models);
  s->runs = calloc(most, sizeof *s->runs);
  const bool ok = s->models != NULL && s->runs != NULL;
  for (int m = 0; ok && m < o->models.count; ++m) {
    s->models[m].path = o->models.items[m];
    for (int d = 0; d < o->delegates.count; ++d) {
      for (int t = 0; t < o->threads_text.count; ++t) {
        bench_run* run = &s->runs[s->run_count];
        run->config = (bench_config){.options = o,
                                     .model = o->models.items[m],
                                     .delegate = o->delegates.items[d],
                                     .threads = o->threads[t]};
        run->model = &s->models[m];
        run->progress = &s->progress;
        run->peak = &s->peak;
        name_run(s, run);
        const bool wanted = o->filter == NULL || regexec(&regex, run->name, 0, NULL, 0) == 0;
        s->run_count += wanted;
      }
    }
  }
  if (o->filter != NULL) regfree(&regex);
  return ok ? -1 : lm_report_failure(LM_EXIT_RESOURCES, NULL, "out of memory");
}

static void finish_run(sweep* s, bench_run* run) {
  lm_error err = LM_ERROR_INIT;
  if (bench_run_finish(run, &err) != LM_OK) {
    report_failure(s, run, &err);
  } else {
    lm_progress_clear(&s->progress);
    if (!s->options.quiet && !s->header_printed) bench_output_header(&s->options, &s->peak);
    s->header_printed = true;
    if (!s->options.quiet) bench_output_row(&s->options.models, run);
    bench_output_json(&s->file, run, &s->binary);
    const bool behind = s->options.require_full_delegation && bench_run_left_behind(run) > 0;
    const bench_verdict_status verdict = run->verdict.status;
    const bool wrong = verdict == BENCH_VERDICT_INVALID || verdict == BENCH_VERDICT_CONTRADICTION;
    if (wrong || behind) fail(s, LM_EXIT_FINDING);
    if (behind && s->options.quiet) {
      lm_report_failure(LM_EXIT_FINDING, run->config.model, "%d nodes run on the reference kernels",
                        bench_run_left_behind(run));
    }
  }
  bench_run_free(run);
}

// One configuration after the other: only one model is open at a time.
static void run_in_order(sweep* s) {
  for (int i = 0; i < s->run_count; ++i) {
    bench_run* run = &s->runs[i];
    run->progress_done = i;
    lm_error err = LM_ERROR_INIT;
    lm_status status = bench_run_prepare(run, &err);
    if (status == LM_OK) {
      const lm_gbench_case timing = bench_run_case(run);
      status = lm_gbench_run(s->gbench, &timing, 1, &err);
    }
    if (status == LM_OK) {
      finish_run(s, run);
    } else {
      report_failure(s, run, &err);
      bench_run_free(run);
    }
  }
}

// Everything is open before anything is timed; the library shuffles the repetitions.
static int run_interleaved(sweep* s) {
  lm_gbench_case* cases = calloc((size_t)s->run_count + 1, sizeof *cases);
  int* ready = calloc((size_t)s->run_count + 1, sizeof *ready);  // indices of runs
  int ready_count = 0;
  lm_error err = LM_ERROR_INIT;
  for (int i = 0; cases != NULL && ready != NULL && i < s->run_count; ++i) {
    bench_run* run = &s->runs[i];
    run->progress_done = i;
    if (bench_run_prepare(run, &err) == LM_OK) {
      cases[ready_count] = bench_run_case(run);
      ready[ready_count++] = i;
    } else {
      report_failure(s, run, &err);
      lm_error_clear(&err);
      bench_run_free(run);
    }
  }
  int exit_code = LM_EXIT_OK;
  if (cases == NULL || ready == NULL) {
    exit_code = lm_report_failure(LM_EXIT_RESOURCES, NULL, "out of memory");
  } else if (ready_count > 0 && lm_gbench_run(s->gbench, cases, ready_count, &err) != LM_OK) {
    exit_code = lm_report_error(NULL, &err);
  } else {
    for (int i = 0; i < ready_count; ++i) finish_run(s, &s->runs[ready[i]]);
  }
  free(cases);
  free(ready);
  return exit_code;
}

static void write_files(sweep* s) {
  const bench_options* o = &s->options;
  lm_error err = LM_ERROR_INIT;
  if (o->json != NULL && lm_result_write(&s->file, o->json, &err) != LM_OK) {
    fail(s, lm_report_error(o->json, &err));
  }
  lm_error_clear(&err);
  if (o->gbench_json == NULL) return;
  const char* text = lm_gbench_json(s->gbench);
  if (lm_result_write_text(o->gbench_json, text, &err) != LM_OK) {
    fail(s, lm_report_error(o->gbench_json, &err));
  }
}

static int check_files(const bench_options* o) {
  lm_error err = LM_ERROR_INIT;
  const char* paths[] = {o->json, o->gbench_json};
  for (int i = 0; i < 2; ++i) {
    const char* const* models = (const char* const*)o->models.items;
    if (lm_result_check_path(paths[i], models, o->models.count, &err) == LM_OK) continue;
    return lm_report_error(paths[i], &err);
  }
  return -1;
}

static int run_sweep(sweep* s, int argc, char** argv) {
  int stop = make_runs(s);
  if (stop < 0) stop = check_files(&s->options);
  if (stop >= 0) return stop;
  if (s->options.list_names) {
    for (int i = 0; i < s->run_count; ++i) puts(s->runs[i].name);
    return LM_EXIT_OK;
  }
  if (s->run_count == 0) {
    return lm_report_failure(LM_EXIT_USAGE, NULL, "--benchmark_filter '%.200s' matches no row",
                             s->options.filter);
  }
  lm_error err = LM_ERROR_INIT;
  const bench_options* o = &s->options;
  const bool shuffle = o->interleave;
  if (shuffle &&
      !lm_list_append(&s->options.gbench_flags, "--benchmark_enable_random_interleaving=true")) {
    return lm_report_failure(LM_EXIT_RESOURCES, NULL, "out of memory");
  }
  if (lm_gbench_create("litmark bench", o->gbench_flags.items, o->gbench_flags.count, &s->gbench,
                       &err) != LM_OK) {
    return lm_report_error(NULL, &err);
  }
  bench_binary_read(NULL, &s->binary);
  lm_result_begin(&s->file, argc, argv);
  lm_progress_begin(&s->progress, s->run_count, o->quiet);
  lm_progress_update(&s->progress, 0, "peak of the machine");
  bench_peak_of_options(o, &s->peak);
  bench_peak_json(&s->file.json, s->file.root, &s->peak);
  if (shuffle) {
    fail(s, run_interleaved(s));
  } else {
    run_in_order(s);
  }
  lm_progress_clear(&s->progress);
  write_files(s);
  return s->exit_code;
}

int lm_bench_main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], BENCH_PROBE_FLAG) == 0) {
    return bench_probe_main(argc - 1, argv + 1);
  }
  sweep s = {.exit_code = LM_EXIT_OK};
  int exit_code = bench_options_parse(&s.options, argc, argv);
  if (exit_code < 0) {
    exit_code = s.options.engines.count > 0 ? bench_compare(&s.options, argc, argv)
                                            : run_sweep(&s, argc, argv);
  }
  free_sweep(&s);
  return exit_code;
}
