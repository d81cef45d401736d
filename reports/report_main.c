// SPDX-License-Identifier: MIT
#include "report.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "atomic_file.h"
#include "exit_code.h"
#include "findings.h"
#include "load_results.h"
#include "merge.h"
#include "page.h"
#include "plots.h"
#include "tables.h"

typedef struct options {
  const char *out, *title;
  lm_list formats, inputs;
  bool html, markdown, csv;
} options;

typedef struct report {
  lm_pool pool;
  lm_results results;
  lm_merged merged;
  lm_findings findings;
  lm_plots plots;
  lm_page page;
  const char* directory;  ///< absolute
} report;

static int parse(options* o, int argc, char** argv) {
  const lm_arg args[] = {
      {LM_ARG_STRING, "out", 'o', &o->out, "DIR", "folder to write into; made when missing", 0, 0},
      {LM_ARG_STRING, "title", 0, &o->title, "TEXT", "title of the page", 0, 0},
      {LM_ARG_LIST, "format", 0, &o->formats, "LIST", "of html, md, csv (default: all three)", 0,
       0},
  };
  const lm_command command = {
      .name = "litmark report",
      .synopsis = "RESULT.json [MORE.json ...] --out DIR [--title TEXT] [--format html,md,csv]",
      .summary =
          "Writes an HTML page, plots, Markdown and CSV out of the results of bench and eval.",
      .epilogue =
          "A RESULT.json of - is standard input.\n"
          "DIR gets index.html (one self-contained page), report.md, results.csv and plots/;\n"
          "engines.csv, too, where a result compares engines.\n"
          "Plots are drawn by gnuplot; without it everything else is written and a note says so.\n"
          "Exit codes: 0 fine, 2 usage, 3 a file cannot be read, is no result or cannot be\n"
          "written, 5 out of memory or disk space.",
      .args = args,
      .arg_count = sizeof args / sizeof args[0],
      .max_positional = -1,
  };
  const int stop = lm_args_parse(&command, argc, argv, &o->inputs);
  if (stop >= 0) return stop;
  if (o->inputs.count == 0) {
    return lm_report_failure(LM_EXIT_USAGE, NULL, "no result file (see litmark report --help)");
  }
  if (o->out == NULL || o->out[0] == '\0') {
    return lm_report_failure(LM_EXIT_USAGE, NULL, "--out is missing (see litmark report --help)");
  }
  for (int i = 0; i < o->formats.count; ++i) {
    bool* const wanted = strcmp(o->formats.items[i], "html") == 0  ? &o->html
                         : strcmp(o->formats.items[i], "md") == 0  ? &o->markdown
                         : strcmp(o->formats.items[i], "csv") == 0 ? &o->csv
                                                                   : NULL;
    if (wanted == NULL) {
      return lm_report_failure(LM_EXIT_USAGE, NULL, "unknown format '%s'; there are html, md, csv",
                               o->formats.items[i]);
    }
    *wanted = true;
  }
  if (o->formats.count == 0) o->html = o->markdown = o->csv = true;
  return -1;
}

static int load(report* r, const options* o) {
  for (int i = 0; i < o->inputs.count; ++i) {
    lm_error err = LM_ERROR_INIT;
    if (lm__results_load(o->inputs.items[i], &r->pool, &r->results, &err) != LM_OK) {
      return lm_report_error(o->inputs.items[i], &err);
    }
  }
  if (r->results.count > 0 || r->results.failure_count > 0 || r->results.contest_count > 0) {
    return LM_EXIT_OK;
  }
  return lm_report_failure(LM_EXIT_BAD_INPUT, o->inputs.items[0], "holds no results");
}

static int make_directory(report* r, const char* path) {
  lm_error err = LM_ERROR_INIT;
  if (lm_make_directories(path, &err) != LM_OK) return lm_report_error(path, &err);
  char* absolute = realpath(path, NULL);
  if (absolute == NULL) {
    return lm_report_failure(LM_EXIT_BAD_INPUT, path, "cannot be opened: %s", strerror(errno));
  }
  r->directory = lm__pool_print(&r->pool, "%s", absolute);
  free(absolute);
  return LM_EXIT_OK;
}

static void write_csv(const lm_page* page, FILE* out) {
  const lm_table table = lm__table_csv(page->pool, page->merged);
  lm__table_write_csv(&table, out);
}

static void write_engines_csv(const lm_page* page, FILE* out) {
  const lm_table table = lm__table_engines_csv(page->pool, page->merged);
  lm__table_write_csv(&table, out);
}

static int write_file(report* r, const char* name, void (*write)(const lm_page* page, FILE* out)) {
  const char* path = lm__pool_print(&r->pool, "%s/%s", r->directory, name);
  lm_error err = LM_ERROR_INIT;
  lm_atomic_file file;
  if (lm_atomic_open(path, &file, &err) != LM_OK) return lm_report_error(path, &err);
  write(&r->page, file.stream);
  // A table that lacks rows for want of memory must not look complete.
  if (r->pool.failed) {
    lm_atomic_abandon(&file);
    return lm_report_failure(LM_EXIT_RESOURCES, path, "out of memory");
  }
  return lm_atomic_commit(&file, &err) == LM_OK ? LM_EXIT_OK : lm_report_error(path, &err);
}

static int draw(report* r) {
  lm_error err = LM_ERROR_INIT;
  if (lm__plots_draw(&r->pool, &r->merged, r->directory, &r->plots, &err) != LM_OK) {
    return lm_report_error(r->directory, &err);
  }
  if (r->plots.problem != NULL) {
    fprintf(stderr, "litmark: the report has no plots: %s\n", r->plots.problem);
  }
  return LM_EXIT_OK;
}

// Who looks at the terminal alone must not miss what did not run.
static void print_failures(const lm_results* results) {
  for (int i = 0; i < results->failure_count; ++i) {
    const lm_failure_facts* f = &results->failures[i];
    printf("%sfailed: %s", i == 0 ? "\n" : "", f->model != NULL ? f->model : "?");
    if (f->delegate != NULL) printf(" on %s", f->delegate);
    if (f->threads == 1) fputs(", 1 thread", stdout);
    if (f->threads > 1) printf(", %.0f threads", f->threads);
    printf(": %s\n", f->message != NULL ? f->message : "?");
  }
}

static int write_report(report* r, const options* o) {
  lm__merge_results(&r->pool, &r->results, &r->merged);
  if (r->pool.failed) return lm_report_failure(LM_EXIT_RESOURCES, NULL, "out of memory");
  lm__findings_collect(&r->pool, &r->merged, &r->findings);
  const char* title = o->title != NULL ? o->title : "Litmark report";
  r->page =
      (lm_page){&r->pool, lm__pool_clean(&r->pool, title), &r->merged, &r->findings, &r->plots};
  int code = make_directory(r, o->out);
  if (code == LM_EXIT_OK && (o->html || o->markdown)) code = draw(r);
  if (code == LM_EXIT_OK && o->csv) code = write_file(r, "results.csv", write_csv);
  if (code == LM_EXIT_OK && o->csv && r->results.contest_count > 0) {
    code = write_file(r, "engines.csv", write_engines_csv);
  }
  if (code == LM_EXIT_OK && o->markdown) code = write_file(r, "report.md", lm__page_write_markdown);
  if (code == LM_EXIT_OK && o->html) code = write_file(r, "index.html", lm__page_write_html);
  if (code != LM_EXIT_OK) return code;
  const lm_table overview = lm__table_overview(&r->pool, &r->merged);
  if (r->results.count > 0) lm__table_write_text(&overview, 36, stdout);
  const lm_table engines = lm__table_engines(&r->pool, &r->merged);
  if (engines.row_count > 0) lm__table_write_text(&engines, 36, stdout);
  print_failures(&r->results);
  printf("\nReport: %s/%s\n", r->directory,
         o->html       ? "index.html"
         : o->markdown ? "report.md"
                       : "results.csv");
  return LM_EXIT_OK;
}

int lm_report_main(int argc, char** argv) {
  options o = {0};
  report r = {0};
  int code = parse(&o, argc, argv);
  if (code < 0) {
    code = load(&r, &o);
    if (code == LM_EXIT_OK) code = write_report(&r, &o);
  }
  lm__pool_deinit(&r.pool);
  lm_list_free(&o.formats);
  lm_list_free(&o.inputs);
  return code;
}
