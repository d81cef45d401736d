// SPDX-License-Identifier: MIT
//
// `litmark bench --engine`: models and thread counts one after the other, engines interleaved.
#include <stdio.h>
#include <stdlib.h>

#include "comparison.h"
#include "exit_code.h"
#include "progress.h"

typedef struct comparison_sweep {
  const bench_options* options;
  lm_engine_set set;
  lm_result_file file;
  cJSON* section;
  cJSON* failures;  ///< inside file; made with the first
  lm_progress progress;
  bench_peak peak;
  int exit_code;
  bool header_printed;
} comparison_sweep;

// The first failure decides what the program ends with; a finding gives way to a failure.
static void fail(comparison_sweep* s, int exit_code) {
  if (exit_code == LM_EXIT_OK) return;
  if (s->exit_code == LM_EXIT_OK || s->exit_code == LM_EXIT_FINDING) s->exit_code = exit_code;
}

static void note_failure(comparison_sweep* s, const char* model, int threads, int exit_code,
                         const char* message) {
  fail(s, exit_code);
  lm_json* json = &s->file.json;
  if (s->failures == NULL) s->failures = lm_json_array(json, s->file.root, "failures");
  char name[400];
  lm_result_name(name, sizeof name, model, s->options->delegates.items[0], threads);
  cJSON* failure = lm_json_object(json, s->failures, NULL);
  lm_json_string(json, failure, "name", name);
  lm_json_string(json, failure, "model", model);
  lm_json_string(json, failure, "delegate", s->options->delegates.items[0]);
  lm_json_integer(json, failure, "threads", threads);
  lm_json_integer(json, failure, "exit_code", exit_code);
  lm_json_string(json, failure, "message", message);
}

// A peer that refuses a model or computes something else is a row; Litmark itself is held to its
// word. With options of its own (another precision, say) it is a variant and only reported.
static void judge(comparison_sweep* s, const bench_comparison* comparison) {
  for (int i = 0; i < comparison->count; ++i) {
    const bench_contender* c = &comparison->contenders[i];
    if (c->choice->kind->package != NULL) continue;
    if (c->status != BENCH_CONTENDER_MEASURED) {
      const int exit_code = lm_exit_code(c->code);
      lm_report_failure(exit_code, comparison->subject->path, "%s: %s", c->choice->name,
                        c->message);
      note_failure(s, comparison->subject->path, comparison->threads, exit_code, c->message);
    } else if (c->output.known && c->output.wrong > 0 && c->choice->options == NULL) {
      fail(s, LM_EXIT_FINDING);
    }
  }
}

static void run_threads(comparison_sweep* s, const bench_subject* subject, int threads) {
  bench_comparison comparison;
  lm_error err = LM_ERROR_INIT;
  if (bench_comparison_run(s->options, &s->set, &s->peak, subject, threads, &comparison, &err) !=
      LM_OK) {
    lm_progress_clear(&s->progress);
    note_failure(s, subject->path, threads, lm_report_error(subject->path, &err), err.message);
    return;
  }
  lm_progress_clear(&s->progress);
  if (!s->options->quiet) {
    if (!s->header_printed) {
      bench_comparison_print_header(s->options, &s->set);
      bench_peak_print(&s->peak);
    }
    s->header_printed = true;
    bench_comparison_print(&comparison);
  }
  bench_comparison_json_row(&s->file.json, s->section, &comparison);
  judge(s, &comparison);
  bench_comparison_free(&comparison);
}

static void run_model(comparison_sweep* s, int m) {
  const bench_options* o = s->options;
  const char* path = o->models.items[m];
  const int rows = o->threads_text.count;
  bench_subject subject;
  lm_error err = LM_ERROR_INIT;
  lm_progress_update(&s->progress, m * rows, path);
  if (bench_subject_open(o, path, &subject, &err) != LM_OK) {
    lm_progress_clear(&s->progress);
    const int exit_code = lm_report_error(path, &err);
    for (int t = 0; t < rows; ++t) note_failure(s, path, o->threads[t], exit_code, err.message);
    return;
  }
  for (int t = 0; t < rows; ++t) {
    lm_progress_update(&s->progress, m * rows + t, path);
    run_threads(s, &subject, o->threads[t]);
  }
  bench_subject_free(&subject);
}

static int check_path(const bench_options* o) {
  lm_error err = LM_ERROR_INIT;
  const char* const* models = (const char* const*)o->models.items;
  if (lm_result_check_path(o->json, models, o->models.count, &err) == LM_OK) return -1;
  return lm_report_error(o->json, &err);
}

int bench_compare(const bench_options* options, int argc, char** argv) {
  comparison_sweep s = {.options = options};
  lm_error err = LM_ERROR_INIT;
  const int stop = check_path(options);
  if (stop >= 0) return stop;
  if (lm_engine_set_open(&s.set, &options->engines, &options->engine_libs, &err) != LM_OK) {
    return lm_report_error(NULL, &err);
  }
  lm_result_begin(&s.file, argc, argv);
  s.section = bench_comparison_json_begin(&s.file.json, s.file.root, options, &s.set);
  lm_progress_begin(&s.progress, (int64_t)options->models.count * options->threads_text.count,
                    options->quiet);
  lm_progress_update(&s.progress, 0, "peak of the machine");
  bench_peak_of_options(options, &s.peak);
  bench_peak_json(&s.file.json, s.file.root, &s.peak);
  for (int m = 0; m < options->models.count; ++m) run_model(&s, m);
  lm_progress_clear(&s.progress);
  if (options->json != NULL && lm_result_write(&s.file, options->json, &err) != LM_OK) {
    fail(&s, lm_report_error(options->json, &err));
  }
  lm_result_free(&s.file);
  lm_engine_set_close(&s.set);
  return s.exit_code;
}
