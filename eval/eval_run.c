// SPDX-License-Identifier: MIT
#include "eval_run.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "progress.h"
#include "result.h"

static int32_t processors(void) {
  const int allowed = lm_processors_allowed();
  return allowed > 0 ? allowed : 1;
}

// ---------------------------------------------------------------- open

// Models of the same input size share a picture.
static lm_status share_picture(lm_eval_run* run, lm_subject* subject, lm_error* err) {
  const lm_geometry* g = &subject->preprocess.geometry;
  for (int32_t i = 0; i < run->picture_count; ++i) {
    const lm_geometry* p = &run->pictures[i].geometry;
    if (p->width != g->width || p->height != g->height || p->channels != g->channels) continue;
    subject->picture = i;
    return LM_OK;
  }
  lm_picture* picture = &run->pictures[run->picture_count];
  const size_t bytes = (size_t)g->width * (size_t)g->height * (size_t)g->channels;
  assert(bytes > 0);  // lm_input_geometry() lets nothing else through
  *picture = (lm_picture){.geometry = *g, .pixels = malloc(bytes)};
  if (picture->pixels == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%zu pixels", bytes);
  subject->picture = run->picture_count++;
  return LM_OK;
}

// Results refer to each other by name.
static void make_name_unique(lm_eval_run* run, lm_subject* subject) {
  int32_t same = 1;
  const size_t length = strlen(subject->name);
  for (int32_t i = 0; i < run->subject_count; ++i) {
    const char* other = run->subjects[i].name;
    if (strncmp(other, subject->name, length) == 0 &&
        (other[length] == '\0' || other[length] == '#')) {
      ++same;
    }
  }
  if (same > 1) snprintf(subject->name + length, sizeof subject->name - length, "#%d", same);
}

// The label that does not fit, if any, with both numbers and where it stands.
static lm_status check_labels(const lm_eval_run* run, const lm_subject* subject, lm_error* err) {
  const lm_dataset* d = &run->dataset;
  const int32_t labels = subject->classes - subject->label_offset;
  for (int32_t i = 0; i < d->count; ++i) {
    if (d->samples[i].label < labels) continue;
    char where[32] = "";
    if (d->samples[i].line > 0) {
      snprintf(where, sizeof where, " in line %d", d->samples[i].line);
    }
    return LM_FAIL(err, LM_BAD_INPUT,
                   "label %d%s of the dataset, but %d outputs with label offset %d leave the "
                   "labels 0 to %d",
                   d->samples[i].label, where, subject->classes, subject->label_offset, labels - 1);
  }
  return LM_OK;
}

static lm_status open_subject(lm_eval_run* run, const char* model, const char* delegate,
                              lm_error* err) {
  const lm_eval_options* o = run->options;
  const lm_subject_options options = {
      .model_path = model,
      .delegate = delegate,
      // The reference kernels know one thread only.
      .threads = strcmp(delegate, "reference") == 0 ? 1
                 : o->threads > 0                   ? o->threads
                                                    : processors(),
      .device = o->device,
      .flags = o->flags,
      .preprocess = &o->preprocess,
      .height = o->height,
      .width = o->width,
      .output_index = o->output_index,
      .label_offset = o->label_offset,
  };
  lm_subject* subject = &run->subjects[run->subject_count];
  lm_status status = lm_subject_open(&options, run->dataset.count, subject, err);
  if (status != LM_OK) return status;
  make_name_unique(run, subject);
  ++run->subject_count;
  status = check_labels(run, subject, err);
  return status == LM_OK ? share_picture(run, subject, err) : status;
}

static lm_status open_subjects(lm_eval_run* run, char* culprit, lm_error* err) {
  const lm_eval_options* o = run->options;
  const size_t count = (size_t)o->models.count * (size_t)o->delegates.count;
  run->subjects = calloc(count, sizeof *run->subjects);
  run->pictures = calloc(count, sizeof *run->pictures);
  run->used = calloc((size_t)run->dataset.count, sizeof *run->used);
  run->skipped = calloc((size_t)run->dataset.count, sizeof *run->skipped);
  if (run->subjects == NULL || run->pictures == NULL || run->used == NULL || run->skipped == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "%d images and %zu models", run->dataset.count, count);
  }
  for (int m = 0; m < o->models.count; ++m) {
    for (int d = 0; d < o->delegates.count; ++d) {
      snprintf(culprit, LM_CULPRIT_SIZE, "%s", o->models.items[m]);
      const lm_status status = open_subject(run, o->models.items[m], o->delegates.items[d], err);
      if (status != LM_OK) return status;
    }
  }
  return LM_OK;
}

// Quantized inputs tell by scale and zero point which numbers their network was trained on.
// Anything unusual smells of a mean and a deviation that the user has to name; and a float model
// beside it that is fed by default with other numbers is most likely fed wrongly.
static void doubt(lm_eval_run* run) {
  const lm_pixel_range kDefault = {-1, 1, true};
  for (int32_t i = 0; i < run->subject_count; ++i) {
    lm_subject* s = &run->subjects[i];
    lm_pixel_range range;
    if (lm_preprocess_range(&s->preprocess, &range) && !range.usual) {
      snprintf(s->note, sizeof s->note,
               "its input's scale and zero point stand for %.3g to %.3g, which suggests a --mean "
               "and --std of its own; it gets plain pixels",
               (double)range.low, (double)range.high);
    }
    const lm_preprocess* p = &s->preprocess;
    if (p->type != LM_FLOAT32 || p->source != LM_VALUES_DEFAULT) continue;
    for (int32_t k = 0; k < run->subject_count; ++k) {
      const lm_subject* other = &run->subjects[k];
      if (other->picture != s->picture || other->classes != s->classes) continue;
      if (!lm_preprocess_range(&other->preprocess, &range) || !range.usual) continue;
      if (range.low == kDefault.low && range.high == kDefault.high) continue;
      char base[128];
      const double step = ((double)range.high - (double)range.low) / 255;
      snprintf(s->note, sizeof s->note,
               "gets -1 to 1, but %.80s stands for %g to %g; if they belong "
               "together use --mean %g --std %g",
               lm_model_base_name(base, sizeof base, other->model_path), (double)range.low,
               (double)range.high, (0 - (double)range.low) / step, 1 / step);
      break;
    }
  }
}

lm_status lm_eval_open(const lm_eval_options* options, lm_eval_run* out, char* culprit,
                       lm_error* err) {
  *out = (lm_eval_run){.options = options};
  lm_status status =
      lm_dataset_open(options->dataset, options->labels, &out->dataset, culprit, err);
  if (status == LM_OK && options->limit > 0) lm_dataset_limit(&out->dataset, options->limit);
  if (status == LM_OK) status = open_subjects(out, culprit, err);
  if (status == LM_OK && !options->skip_broken) {
    status = lm_dataset_check_files(&out->dataset, culprit, err);
  }
  if (status == LM_OK) doubt(out);
  if (status != LM_OK) lm_eval_close(out);
  return status;
}

void lm_eval_close(lm_eval_run* run) {
  for (int32_t i = 0; i < run->subject_count; ++i) lm_subject_close(&run->subjects[i]);
  for (int32_t i = 0; i < run->picture_count; ++i) free(run->pictures[i].pixels);
  free(run->subjects);
  free(run->pictures);
  free(run->used);
  free(run->skipped);
  lm_dataset_close(&run->dataset);
  *run = (lm_eval_run){0};
}

// ---------------------------------------------------------------- execute

static lm_status make_pictures(lm_eval_run* run, const char* path, char* sha256, lm_error* err) {
  lm_image image;
  lm_status status = lm_image_load(path, &image, sha256, err);
  if (status != LM_OK) return status;
  for (int32_t i = 0; status == LM_OK && i < run->picture_count; ++i) {
    lm_picture* picture = &run->pictures[i];
    bool resampled;
    status = lm_preprocess_pixels(&run->options->preprocess, &picture->geometry, &image,
                                  picture->pixels, &resampled, err);
    if (status == LM_OK) picture->resampled += resampled;
  }
  if (status == LM_OK) run->questionable += image.questionable;
  lm_image_deinit(&image);
  return status;
}

static lm_status run_image(lm_eval_run* run, int32_t index, char* culprit, lm_error* err) {
  for (int32_t i = 0; i < run->subject_count; ++i) {
    lm_subject* subject = &run->subjects[i];
    const lm_status status = lm_subject_run(subject, index, run->pictures[subject->picture].pixels,
                                            run->dataset.samples[index].label, err);
    if (status != LM_OK) {
      snprintf(culprit, LM_CULPRIT_SIZE, "%s", subject->model_path);
      return status;
    }
  }
  run->used[index] = true;
  ++run->used_count;
  return LM_OK;
}

static void skip_image(lm_eval_run* run, int32_t index, const lm_error* err) {
  lm_skipped* skipped = &run->skipped[run->skipped_count++];
  skipped->index = index;
  snprintf(skipped->message, sizeof skipped->message, "%s", err->message);
}

lm_status lm_eval_execute(lm_eval_run* run, char* culprit, lm_error* err) {
  const lm_dataset* d = &run->dataset;
  lm_progress progress;
  lm_hash hash;
  lm_hash_begin(&hash);
  lm_progress_begin(&progress, d->count, run->options->quiet);
  lm_status status = LM_OK;
  for (int32_t i = 0; status == LM_OK && i < d->count; ++i) {
    lm_progress_update(&progress, i, d->samples[i].file);
    char sha256[LM_HASH_TEXT_SIZE];
    lm_dataset_path(d, i, culprit);
    status = make_pictures(run, culprit, sha256, err);
    if (run->options->skip_broken && (status == LM_BAD_INPUT || status == LM_IO)) {
      skip_image(run, i, err);
      lm_error_clear(err);
      status = LM_OK;
      continue;
    }
    if (status == LM_OK) status = run_image(run, i, culprit, err);
    char label[16];
    snprintf(label, sizeof label, "%d", d->samples[i].label);
    lm_hash_add_text(&hash, d->samples[i].file);
    lm_hash_add_text(&hash, label);
    if (status == LM_OK) lm_hash_add_text(&hash, sha256);
  }
  lm_progress_clear(&progress);
  lm_hash_end(&hash, run->content_sha256);
  if (status == LM_OK && run->used_count == 0) {
    snprintf(culprit, LM_CULPRIT_SIZE, "%s", d->directory);
    return LM_FAIL(err, LM_BAD_INPUT, "none of %d images can be used; the first: %.120s", d->count,
                   run->skipped[0].message);
  }
  return status;
}

// ---------------------------------------------------------------- count

lm_accuracy lm_eval_accuracy(const lm_eval_run* run, const lm_subject* subject, int32_t k) {
  lm_accuracy accuracy = {.total = run->used_count};
  for (int32_t i = 0; i < run->dataset.count; ++i) {
    if (run->used[i] && subject->rankings[i].rank < k) ++accuracy.correct;
  }
  accuracy.ci95 = lm_wilson95(accuracy.correct, accuracy.total);
  return accuracy;
}

lm_agreement_count lm_eval_agreement(const lm_eval_run* run, const lm_subject* base,
                                     const lm_subject* other) {
  lm_agreement_count count = {.total = run->used_count};
  for (int32_t i = 0; i < run->dataset.count; ++i) {
    if (!run->used[i]) continue;
    const lm_ranking *a = &base->rankings[i], *b = &other->rankings[i];
    if (a->top1 - base->label_offset == b->top1 - other->label_offset) ++count.same;
    if (a->rank == 0 && b->rank != 0) ++count.right_to_wrong;
    if (a->rank != 0 && b->rank == 0) ++count.wrong_to_right;
  }
  count.mcnemar_p = lm_mcnemar_exact(count.right_to_wrong, count.wrong_to_right);
  return count;
}

lm_score_oddities lm_eval_oddities(const lm_eval_run* run, const lm_subject* subject) {
  lm_score_oddities odd = {0};
  for (int32_t i = 0; i < run->dataset.count; ++i) {
    if (!run->used[i]) continue;
    odd.tied += subject->rankings[i].tied > 1;
    odd.label_tied += subject->rankings[i].label_tied;
    odd.not_a_number += subject->rankings[i].not_a_number;
  }
  return odd;
}
