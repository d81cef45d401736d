// SPDX-License-Identifier: MIT
#include <string.h>

#include "eval_output.h"
#include "model_info.h"
#include "result.h"

static bool same_model(const lm_eval_run* run, int32_t a, int32_t b) {
  return strcmp(run->subjects[a].sha256, run->subjects[b].sha256) == 0;
}

int32_t lm_eval_bases(const lm_eval_run* run, int32_t index, int32_t out_bases[2]) {
  int32_t count = 0;
  const char* delegate = run->subjects[index].session.delegate_name;
  for (int32_t i = 0; i < index && !same_model(run, 0, index); ++i) {
    if (!same_model(run, 0, i) || strcmp(run->subjects[i].session.delegate_name, delegate) != 0) {
      continue;
    }
    out_bases[count++] = i;
    break;
  }
  for (int32_t i = 0; i < index; ++i) {
    if (!same_model(run, i, index)) continue;
    out_bases[count++] = i;
    break;
  }
  return count;
}

static void add_dataset(lm_json* json, cJSON* result, const lm_eval_run* run) {
  const lm_dataset* d = &run->dataset;
  cJSON* dataset = lm_json_object(json, result, "dataset");
  lm_json_string(json, dataset, "path", d->directory);
  lm_json_string(json, dataset, "labels", d->labels_file);
  lm_json_integer(json, dataset, "images", run->used_count);
  lm_json_integer(json, dataset, "listed", d->listed);
  lm_json_integer(json, dataset, "classes", d->class_count);
  lm_json_string(json, dataset, "sha256", run->content_sha256);
  lm_json_integer(json, dataset, "questionable", run->questionable);
  cJSON* skipped = lm_json_array(json, dataset, "skipped");
  for (int32_t i = 0; i < run->skipped_count; ++i) {
    cJSON* item = lm_json_object(json, skipped, NULL);
    lm_json_string(json, item, "file", d->samples[run->skipped[i].index].file);
    lm_json_string(json, item, "error", run->skipped[i].message);
  }
}

static void add_values(lm_json* json, cJSON* recipe, const char* name, const lm_preprocess* p,
                       const float* values) {
  if (p->raw_pixels) {
    lm_json_null(json, recipe, name);
    return;
  }
  cJSON* array = lm_json_array(json, recipe, name);
  for (int32_t c = 0; c < p->geometry.channels; ++c) {
    lm_json_number(json, array, NULL, (double)values[c]);
  }
}

static const char* values_formula(const lm_preprocess* p) {
  if (p->raw_pixels) return p->type == LM_INT8 ? "pixel - 128" : "pixel";
  return p->type == LM_FLOAT32 ? "(pixel - mean) / std" : "quantized (pixel - mean) / std";
}

static void add_preprocessing(lm_json* json, cJSON* result, const lm_eval_run* run,
                              const lm_subject* s) {
  const lm_preprocess* p = &s->preprocess;
  cJSON* recipe = lm_json_object(json, result, "preprocessing");
  lm_json_string(json, recipe, "resize", lm_resize_method_name(p->options.resize));
  lm_json_number(json, recipe, "crop", p->options.crop);
  lm_json_bool(json, recipe, "keep_aspect", p->options.keep_aspect);
  cJSON* size = lm_json_array(json, recipe, "size");
  lm_json_integer(json, size, NULL, p->geometry.height);
  lm_json_integer(json, size, NULL, p->geometry.width);
  lm_json_integer(json, recipe, "images_resampled", run->pictures[s->picture].resampled);
  lm_json_string(json, recipe, "channels",
                 p->geometry.channels == 1 ? "gray"
                 : p->options.bgr          ? "BGR"
                                           : "RGB");
  lm_json_string(json, recipe, "layout", p->layout == LM_LAYOUT_NCHW ? "NCHW" : "NHWC");
  lm_json_string(json, recipe, "values", values_formula(p));
  add_values(json, recipe, "mean", p, p->mean);
  add_values(json, recipe, "std", p, p->std);
  lm_json_string(json, recipe, "source", lm_values_source_name(p->source));
  lm_json_integer(json, recipe, "label_offset", s->label_offset);
  lm_json_string(json, recipe, "note", s->note[0] != '\0' ? s->note : NULL);
  char text[1024];
  lm_preprocess_describe(p, text, sizeof text);
  lm_hash hash;
  char sha256[LM_HASH_TEXT_SIZE];
  lm_hash_begin(&hash);
  lm_hash_add_text(&hash, text);
  lm_hash_end(&hash, sha256);
  lm_json_string(json, recipe, "sha256", sha256);
}

static void add_score(lm_json* json, cJSON* accuracy, const lm_eval_run* run, const lm_subject* s,
                      int32_t k) {
  char name[16];
  snprintf(name, sizeof name, "top%d", k);
  // Among four classes everything is in the first five.
  if (k > s->classes) {
    lm_json_null(json, accuracy, name);
    return;
  }
  const lm_accuracy a = lm_eval_accuracy(run, s, k);
  cJSON* score = lm_json_object(json, accuracy, name);
  lm_json_integer(json, score, "correct", a.correct);
  lm_json_integer(json, score, "total", a.total);
  lm_json_number(json, score, "ratio", (double)a.correct / (double)a.total);
  lm_json_interval(json, score, "ci95", a.ci95);
}

static void add_accuracy(lm_json* json, cJSON* result, const lm_eval_run* run,
                         const lm_subject* s) {
  cJSON* accuracy = lm_json_object(json, result, "accuracy");
  add_score(json, accuracy, run, s, 1);
  add_score(json, accuracy, run, s, 5);
  if (run->options->top != 1 && run->options->top != 5) {
    add_score(json, accuracy, run, s, run->options->top);
  }
  const lm_score_oddities odd = lm_eval_oddities(run, s);
  cJSON* ties = lm_json_object(json, accuracy, "ties");
  lm_json_integer(json, ties, "images", odd.tied);
  lm_json_integer(json, ties, "with_label", odd.label_tied);
  lm_json_integer(json, accuracy, "images_not_a_number", odd.not_a_number);
}

static void add_agreement(lm_json* json, cJSON* result, const lm_eval_run* run, int32_t index) {
  cJSON* array = lm_json_array(json, result, "agreement");
  int32_t bases[2];
  const int32_t count = lm_eval_bases(run, index, bases);
  for (int32_t b = 0; b < count; ++b) {
    const lm_subject* base = &run->subjects[bases[b]];
    const lm_agreement_count a = lm_eval_agreement(run, base, &run->subjects[index]);
    cJSON* item = lm_json_object(json, array, NULL);
    lm_json_string(json, item, "with", base->name);
    lm_json_integer(json, item, "top1_same", a.same);
    lm_json_integer(json, item, "total", a.total);
    lm_json_integer(json, item, "right_to_wrong", a.right_to_wrong);
    lm_json_integer(json, item, "wrong_to_right", a.wrong_to_right);
    lm_json_number(json, item, "mcnemar_p", a.mcnemar_p);
  }
}

lm_status lm_eval_write_json(const lm_eval_run* run, int argc, char** argv, const char* path,
                             lm_error* err) {
  lm_result_file file;
  lm_result_begin(&file, argc, argv);
  for (int32_t i = 0; i < run->subject_count; ++i) {
    const lm_subject* s = &run->subjects[i];
    cJSON* result = lm_result_add(&file, "eval", s->name);
    lm_model_info_add(&file.json, result, s->model_path, s->sha256, &s->session, s->threads);
    add_dataset(&file.json, result, run);
    add_preprocessing(&file.json, result, run, s);
    add_accuracy(&file.json, result, run, s);
    add_agreement(&file.json, result, run, i);
    lm_summary latency;
    if (lm_summarize(s->latency_ms, s->ran, &latency)) {
      lm_json_summary(&file.json, result, "eval_latency_ms", &latency);
    }
  }
  const lm_status status = lm_result_write(&file, path, err);
  lm_result_free(&file);
  return status;
}
