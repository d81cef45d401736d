// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "eval_output.h"
#include "model_info.h"
#include "result.h"

enum { COLUMNS = 10, TOP_K = 7, CELL = 96 };

typedef struct table {
  FILE* stream;
  int width[COLUMNS];  ///< 0: the column is not printed
} table;

typedef char cells[COLUMNS][CELL];

static const char* const kHeadings[COLUMNS] = {
    "model",         "precision", "delegate", "ran on", "top-1 %",
    "95 % interval", "top-5 %",   "",         "ms",     "ties",
};

static double per_cent(int64_t part, int64_t whole) {
  return whole > 0 ? 100.0 * (double)part / (double)whole : NAN;
}

// "-" where the model has fewer classes.
static void fill_top(const lm_eval_run* run, const lm_subject* s, int k, char cell[CELL]) {
  const lm_accuracy a = lm_eval_accuracy(run, s, k);
  snprintf(cell, CELL, "-");
  if (s->classes >= k) snprintf(cell, CELL, "%.2f", per_cent(a.correct, a.total));
}

// --top K; 0: top-1 and top-5 are all.
static int more_top(const lm_eval_run* run) {
  const int k = run->options->top;
  return k == 1 || k == 5 ? 0 : k;
}

static void fill_cells(const lm_eval_run* run, const lm_subject* s, cells row) {
  const lm_accuracy top1 = lm_eval_accuracy(run, s, 1);
  lm_model_base_name(row[0], CELL, s->model_path);
  snprintf(row[1], CELL, "%s", lm_model_precision(s->session.model));
  snprintf(row[2], CELL, "%s", s->session.delegate_name);
  lm_session_ran_on(&s->session, row[3], CELL);
  snprintf(row[4], CELL, "%.2f", per_cent(top1.correct, top1.total));
  snprintf(row[5], CELL, "%.1f .. %.1f", 100 * top1.ci95.low, 100 * top1.ci95.high);
  fill_top(run, s, 5, row[6]);
  row[TOP_K][0] = '\0';
  if (more_top(run) > 0) fill_top(run, s, more_top(run), row[TOP_K]);
  lm_summary latency;
  if (lm_summarize(s->latency_ms, s->ran, &latency)) {
    snprintf(row[8], CELL, "%.3g", latency.median);
  } else {
    snprintf(row[8], CELL, "-");
  }
  snprintf(row[9], CELL, "%" PRId64, lm_eval_oddities(run, s).tied);
}

static void print_row(const table* t, cells row) {
  for (int c = 0; c < COLUMNS; ++c) {
    if (t->width[c] == 0) continue;
    // Words to the left, numbers to the right.
    fprintf(t->stream, "%s%*s", c > 0 ? "  " : "", c < 4 ? -t->width[c] : t->width[c], row[c]);
  }
  fputc('\n', t->stream);
}

static void print_accuracies(FILE* stream, const lm_eval_run* run) {
  table t = {.stream = stream};
  cells headings, row;
  for (int c = 0; c < COLUMNS; ++c) snprintf(headings[c], CELL, "%s", kHeadings[c]);
  if (more_top(run) > 0) snprintf(headings[TOP_K], CELL, "top-%d %%", more_top(run));
  for (int c = 0; c < COLUMNS; ++c) t.width[c] = (int)strlen(headings[c]);
  for (int32_t i = 0; i < run->subject_count; ++i) {
    fill_cells(run, &run->subjects[i], row);
    for (int c = 0; c < COLUMNS; ++c) {
      const int width = (int)strlen(row[c]);
      if (width > t.width[c]) t.width[c] = width;
    }
  }
  print_row(&t, headings);
  for (int32_t i = 0; i < run->subject_count; ++i) {
    fill_cells(run, &run->subjects[i], row);
    print_row(&t, row);
  }
}

static void print_agreements(FILE* stream, const lm_eval_run* run) {
  int width = 6;
  for (int32_t i = 0; i < run->subject_count; ++i) {
    const int length = (int)strlen(run->subjects[i].name);
    if (length > width) width = length;
  }
  if (run->subject_count < 2) return;
  fprintf(stream, "\n%-*s  %-*s  same top-1 %%  right to wrong  wrong to right  McNemar p\n", width,
          "image by image", width, "against");
  for (int32_t i = 1; i < run->subject_count; ++i) {
    int32_t bases[2];
    const int32_t count = lm_eval_bases(run, i, bases);
    for (int32_t b = 0; b < count; ++b) {
      const lm_subject *base = &run->subjects[bases[b]], *other = &run->subjects[i];
      const lm_agreement_count a = lm_eval_agreement(run, base, other);
      fprintf(stream, "%-*s  %-*s  %12.2f  %14" PRId64 "  %14" PRId64 "  %9.2g\n", width,
              other->name, width, base->name, per_cent(a.same, a.total), a.right_to_wrong,
              a.wrong_to_right, a.mcnemar_p);
    }
  }
}

static void print_recipes(FILE* stream, const lm_eval_run* run) {
  for (int32_t i = 0; i < run->subject_count; ++i) {
    const lm_subject* s = &run->subjects[i];
    const lm_preprocess* p = &s->preprocess;
    if (i > 0 && strcmp(run->subjects[i - 1].model_path, s->model_path) == 0) continue;
    char base[128];
    fprintf(stream, "  %s: %d x %d %s, ", lm_model_base_name(base, sizeof base, s->model_path),
            p->geometry.width, p->geometry.height,
            p->geometry.channels == 1 ? "grey"
            : p->options.bgr          ? "BGR"
                                      : "RGB");
    if (p->raw_pixels) {
      fprintf(stream, "%s", p->type == LM_INT8 ? "pixel - 128" : "pixel");
    } else {
      fprintf(stream, "(pixel - %g) / %g%s", (double)p->mean[0], (double)p->std[0],
              p->geometry.channels == 3 && (p->mean[0] != p->mean[1] || p->mean[0] != p->mean[2] ||
                                            p->std[0] != p->std[1] || p->std[0] != p->std[2])
                  ? " for the first channel"
                  : "");
    }
    if (!p->raw_pixels && p->type != LM_FLOAT32) fputs(", quantized", stream);
    fprintf(stream, " (%s), label offset %d, %d of %d images resized\n",
            lm_values_source_name(p->source), s->label_offset, run->pictures[s->picture].resampled,
            run->used_count);
  }
}

// All subjects have the same limit.
static void print_isa(FILE* stream, const lm_eval_run* run) {
  for (int32_t i = 0; i < run->subject_count; ++i) {
    const lm_session* session = &run->subjects[i].session;
    if (!session->uses_cpu) continue;
    char sets[160];
    fprintf(stream, "instruction sets of the cpu delegate: %s\n",
            lm_isa_text(&session->isa, sets, sizeof sets));
    return;
  }
}

// Delegates with devices, and settings that are not the default: once each.
static void print_devices(FILE* stream, const lm_eval_run* run) {
  for (int32_t i = 0; i < run->subject_count; ++i) {
    const lm_session* session = &run->subjects[i].session;
    bool seen = false;
    for (int32_t k = 0; k < i; ++k) {
      seen |= strcmp(run->subjects[k].session.choice.requested, session->choice.requested) == 0;
    }
    char device[400];
    if (seen || *lm_session_device_text(session, device, sizeof device) == '\0') continue;
    fprintf(stream, "%s: %s\n", session->choice.requested, device);
  }
}

void lm_eval_print(FILE* stream, const lm_eval_run* run) {
  const lm_dataset* d = &run->dataset;
  fprintf(stream, "%d images of %d classes in %s", run->used_count, d->class_count, d->directory);
  if (d->count < d->listed) fprintf(stream, ", spread over %d that are listed", d->listed);
  if (run->skipped_count > 0) fprintf(stream, "; %d could not be used", run->skipped_count);
  fputc('\n', stream);
  print_recipes(stream, run);
  print_isa(stream, run);
  print_devices(stream, run);
  fputc('\n', stream);
  print_accuracies(stream, run);
  print_agreements(stream, run);
}
