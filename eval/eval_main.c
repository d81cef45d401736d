// SPDX-License-Identifier: MIT
#include "eval.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litmark/delegates.h"

#include "eval_output.h"
#include "exit_code.h"
#include "result.h"

static const char kSummary[] =
    "Counts how often image classifiers are right on a labelled folder, with every preprocessing\n"
    "step recorded, and compares models and delegates image by image.\n"
    "DIR holds labels.csv with the columns file and label_index (from 0), or one folder a class.";

static const char kEpilogue[] =
    "Values: float inputs get (pixel - 127.5) / 127.5 unless the model's metadata says otherwise,\n"
    "uint8 inputs the pixel, int8 inputs pixel - 128. With --mean or --std they get\n"
    "(pixel - mean) / std, quantized inputs by their own scale and zero point.\n"
    "Of equal scores the lowest class wins; ties are counted.\n\n"
    "Examples:\n"
    "  litmark eval --model float.tflite,int8.tflite --dataset images\n"
    "  litmark eval -m m.tflite --dataset images --mean 123.675,116.28,103.53 \\\n"
    "      --std 58.395,57.12,57.375 --keep-aspect --crop 0.875 --json result.json\n\n"
    "Exit codes: 0 fine, 1 below --min-top1 or --min-agreement, 2 usage, 3 bad input, 4 "
    "unsupported, 5 resources";

// What the command line holds as text before it is checked.
typedef struct raw_options {
  lm_list mean, std;
  const char *resize, *layout, *channels, *size, *label_offset;
} raw_options;

#define USAGE(...) lm_report_failure(LM_EXIT_USAGE, NULL, __VA_ARGS__)

// -1: fine.
static int parse_numbers(const lm_list* list, const char* flag, bool zero_allowed, float* out,
                         int32_t* out_count) {
  if (list->count == 0) return -1;
  if (list->count != 1 && list->count != 3) {
    return USAGE("%s wants 1 or 3 numbers, not %d", flag, list->count);
  }
  for (int i = 0; i < list->count; ++i) {
    char* end;
    const double value = strtod(list->items[i], &end);
    out[i] = (float)value;
    if (*end != '\0' || end == list->items[i] || !isfinite(out[i]) ||
        (!zero_allowed && out[i] == 0)) {
      return USAGE("%s wants numbers%s, not '%s'", flag, zero_allowed ? "" : " other than 0",
                   list->items[i]);
    }
  }
  *out_count = list->count;
  return -1;
}

static int parse_size(const char* text, lm_eval_options* o) {
  if (text == NULL) return -1;
  char* end;
  const long height = strtol(text, &end, 10);
  const long width = *end == 'x' ? strtol(end + 1, &end, 10) : 0;
  if (*end != '\0' || height < 1 || width < 1 || height > 65535 || width > 65535) {
    return USAGE("--size wants HEIGHTxWIDTH, not '%s'", text);
  }
  o->height = (int)height;
  o->width = (int)width;
  return -1;
}

static int parse_words(const raw_options* raw, lm_eval_options* o) {
  lm_preprocess_options* p = &o->preprocess;
  if (strcmp(raw->resize, "bilinear") == 0) {
    p->resize = LM_RESIZE_BILINEAR;
  } else if (strcmp(raw->resize, "bilinear-plain") == 0) {
    p->resize = LM_RESIZE_BILINEAR_PLAIN;
  } else if (strcmp(raw->resize, "none") == 0) {
    p->resize = LM_RESIZE_NONE;
  } else {
    return USAGE("--resize wants bilinear, bilinear-plain or none, not '%s'", raw->resize);
  }
  if (strcmp(raw->layout, "auto") == 0) {
    p->layout = LM_LAYOUT_AUTO;
  } else if (strcmp(raw->layout, "nhwc") == 0) {
    p->layout = LM_LAYOUT_NHWC;
  } else if (strcmp(raw->layout, "nchw") == 0) {
    p->layout = LM_LAYOUT_NCHW;
  } else {
    return USAGE("--layout wants auto, nhwc or nchw, not '%s'", raw->layout);
  }
  p->bgr = strcmp(raw->channels, "bgr") == 0;
  if (!p->bgr && strcmp(raw->channels, "rgb") != 0) {
    return USAGE("--channels wants rgb or bgr, not '%s'", raw->channels);
  }
  if (strcmp(raw->label_offset, "auto") == 0) {
    o->label_offset = -1;
  } else if (strcmp(raw->label_offset, "0") == 0 || strcmp(raw->label_offset, "1") == 0) {
    o->label_offset = raw->label_offset[0] - '0';
  } else {
    return USAGE("--label-offset wants auto, 0 or 1, not '%s'", raw->label_offset);
  }
  return -1;
}

static int check_options(const raw_options* raw, lm_eval_options* o) {
  lm_preprocess_options* p = &o->preprocess;
  int stop = parse_words(raw, o);
  if (stop < 0) stop = parse_size(raw->size, o);
  if (stop < 0) stop = parse_numbers(&raw->mean, "--mean", true, p->mean, &p->mean_count);
  if (stop < 0) stop = parse_numbers(&raw->std, "--std", false, p->std, &p->std_count);
  if (stop >= 0) return stop;
  if (o->models.count == 0) return USAGE("eval needs --model (see litmark eval --help)");
  if (o->dataset == NULL) return USAGE("eval needs --dataset (see litmark eval --help)");
  if (o->delegates.count == 0) {
    const bool cpu = lm_delegates_find("cpu") != NULL;
    if (!lm_list_append(&o->delegates, cpu ? "cpu" : "reference")) {
      return lm_report_failure(LM_EXIT_RESOURCES, NULL, "out of memory");
    }
  }
  lm_error err = LM_ERROR_INIT;
  const char* const* names = (const char* const*)o->delegates.items;
  if (lm_delegate_flags_check(&o->flags, names, o->delegates.count, &err) == LM_OK) return -1;
  return lm_report_error(NULL, &err);
}

static int parse(int argc, char** argv, raw_options* raw, lm_eval_options* o) {
  lm_preprocess_options* p = &o->preprocess;
  const lm_arg args[] = {
      {LM_ARG_LIST, "model", 'm', &o->models, "FILE,...", "the models", 0, 0},
      {LM_ARG_STRING, "dataset", 0, &o->dataset, "DIR", "the labelled images", 0, 0},
      {LM_ARG_STRING, "labels", 0, &o->labels, "FILE", "instead of DIR/labels.csv", 0, 0},
      {LM_ARG_INT, "limit", 0, &o->limit, "N", "only N images, spread over the list", 1, 1e8},
      {LM_ARG_FLAG, "skip-broken", 0, &o->skip_broken, NULL,
       "leave out images that cannot be read, and list them", 0, 0},
      {LM_ARG_HEADING, NULL, 0, NULL, NULL, "Where it runs", 0, 0},
      {LM_ARG_LIST, "delegate", 'd', &o->delegates, "NAME,...", LM_DELEGATE_HELP, 0, 0},
      {LM_ARG_INT, "threads", 't', &o->threads, "N", "threads (default: every processor)", 1, 1024},
      {LM_ARG_STRING, "device", 0, &o->device, "DEVICE", LM_DEVICE_HELP, 0, 0},
      LM_DELEGATE_FLAG_ARGS(o->flags),
      {LM_ARG_HEADING, NULL, 0, NULL, NULL, "Preprocessing", 0, 0},
      {LM_ARG_LIST, "mean", 0, &raw->mean, "V[,V,V]", "in pixel units, by channel", 0, 0},
      {LM_ARG_LIST, "std", 0, &raw->std, "V[,V,V]", "in pixel units, by channel", 0, 0},
      {LM_ARG_STRING, "resize", 0, &raw->resize, "HOW",
       "bilinear (default: antialiased where it shrinks),\n"
       "bilinear-plain, none (another size is an error)",
       0, 0},
      {LM_ARG_DOUBLE, "crop", 0, &p->crop, "FRACTION",
       "central part of each side that is kept (default 1);\n"
       "images of the input's size are used as they are",
       0.01, 1},
      {LM_ARG_FLAG, "keep-aspect", 0, &p->keep_aspect, NULL,
       "crop the longer side instead of stretching", 0, 0},
      {LM_ARG_STRING, "channels", 0, &raw->channels, "ORDER", "rgb (default) or bgr", 0, 0},
      {LM_ARG_STRING, "layout", 0, &raw->layout, "LAYOUT", "auto (default), nhwc or nchw", 0, 0},
      {LM_ARG_STRING, "size", 0, &raw->size, "HxW", "resize the model's input", 0, 0},
      {LM_ARG_HEADING, NULL, 0, NULL, NULL, "Counting", 0, 0},
      {LM_ARG_STRING, "label-offset", 0, &raw->label_offset, "N",
       "auto (default: 1 for 1001 outputs), 0 or 1", 0, 0},
      {LM_ARG_INT, "output", 0, &o->output_index, "N", "which output holds the scores", 0, 4096},
      {LM_ARG_INT, "top", 0, &o->top, "K", "count the first K too", 1, 1000},
      {LM_ARG_DOUBLE, "min-top1", 0, &o->min_top1, "PERCENT", "exit with 1 when a result is below",
       0, 100},
      {LM_ARG_DOUBLE, "min-agreement", 0, &o->min_agreement, "PERCENT",
       "exit with 1 when a delegate has the top-1 of the first one\n"
       "for fewer images of the same model",
       0, 100},
      {LM_ARG_HEADING, NULL, 0, NULL, NULL, "Output", 0, 0},
      {LM_ARG_STRING, "json", 'j', &o->json_path, "FILE", "the result file; - is stdout", 0, 0},
      {LM_ARG_STRING, "per-image", 0, &o->per_image_path, "FILE.csv", "every answer; - is stdout",
       0, 0},
      {LM_ARG_STRING, "list-errors", 0, &o->errors_path, "FILE.csv",
       "every wrong answer; - is stdout", 0, 0},
      {LM_ARG_FLAG, "quiet", 'q', &o->quiet, NULL, "no table, no notes and no progress line", 0, 0},
  };
  const lm_command command = {
      .name = "litmark eval",
      .synopsis = "--model M[,M...] --dataset DIR [options]",
      .summary = kSummary,
      .epilogue = kEpilogue,
      .args = args,
      .arg_count = sizeof args / sizeof args[0],
  };
  return lm_args_parse(&command, argc, argv, NULL);
}

static int fail(const char* culprit, const lm_error* err) {
  return lm_report_error(*culprit != '\0' ? culprit : NULL, err);
}

static int write_files(const lm_eval_run* run, int argc, char** argv) {
  const lm_eval_options* o = run->options;
  lm_error err = LM_ERROR_INIT;
  if (o->json_path != NULL && lm_eval_write_json(run, argc, argv, o->json_path, &err) != LM_OK) {
    return fail(o->json_path, &err);
  }
  if (o->per_image_path != NULL &&
      lm_eval_write_csv(run, o->per_image_path, false, &err) != LM_OK) {
    return fail(o->per_image_path, &err);
  }
  if (o->errors_path != NULL && lm_eval_write_csv(run, o->errors_path, true, &err) != LM_OK) {
    return fail(o->errors_path, &err);
  }
  return LM_EXIT_OK;
}

// The first result that is below what the user expects.
static int check_expectation(const lm_eval_run* run) {
  if (run->options->min_top1 < 0) return LM_EXIT_OK;
  for (int32_t i = 0; i < run->subject_count; ++i) {
    const lm_accuracy a = lm_eval_accuracy(run, &run->subjects[i], 1);
    const double reached = 100.0 * (double)a.correct / (double)a.total;
    if (reached >= run->options->min_top1) continue;
    return lm_report_failure(LM_EXIT_FINDING, run->subjects[i].model_path,
                             "top-1 of %.2f %% is below --min-top1 %g", reached,
                             run->options->min_top1);
  }
  return LM_EXIT_OK;
}

// The first delegate that answers otherwise too often than the first one did.
static int check_agreement(const lm_eval_run* run) {
  for (int32_t i = 0; run->options->min_agreement >= 0 && i < run->subject_count; ++i) {
    for (int32_t b = 0; b < i; ++b) {
      const lm_subject *base = &run->subjects[b], *other = &run->subjects[i];
      if (strcmp(base->sha256, other->sha256) != 0) continue;
      const lm_agreement_count a = lm_eval_agreement(run, base, other);
      const double reached = 100.0 * (double)a.same / (double)a.total;
      if (reached >= run->options->min_agreement) break;
      return lm_report_failure(LM_EXIT_FINDING, other->model_path,
                               "%s has the top-1 of %s for %.2f %% of the images, below "
                               "--min-agreement %g",
                               other->session.choice.requested, base->session.choice.requested,
                               reached, run->options->min_agreement);
    }
  }
  return LM_EXIT_OK;
}

static bool is_stdout(const char* path) { return path != NULL && strcmp(path, "-") == 0; }

// An hour of work should not end in a folder that is not there. -1: fine.
static int check_files(const lm_eval_options* o) {
  const char* const paths[] = {o->json_path, o->per_image_path, o->errors_path};
  char labels[PATH_MAX];
  snprintf(labels, sizeof labels, "%s/labels.csv", o->dataset);
  const char* const lists[] = {o->labels, labels};
  lm_error err = LM_ERROR_INIT;
  int on_stdout = 0;
  for (int i = 0; i < 3; ++i) {
    on_stdout += is_stdout(paths[i]);
    const char* const* models = (const char* const*)o->models.items;
    if (lm_result_check_path(paths[i], models, o->models.count, &err) != LM_OK ||
        lm_result_check_path(paths[i], lists, 2, &err) != LM_OK) {
      return fail(paths[i], &err);
    }
  }
  return on_stdout > 1 ? USAGE("only one of --json, --per-image and --list-errors can be -") : -1;
}

static int evaluate(const lm_eval_options* options, int argc, char** argv) {
  lm_error err = LM_ERROR_INIT;
  char culprit[LM_CULPRIT_SIZE] = "";
  lm_eval_run run;
  if (lm_eval_open(options, &run, culprit, &err) != LM_OK) return fail(culprit, &err);
  if (!options->quiet) lm_eval_print_notes(stderr, &run);
  int code = LM_EXIT_OK;
  if (lm_eval_execute(&run, culprit, &err) != LM_OK) {
    code = fail(culprit, &err);
  } else {
    if (!options->quiet) lm_eval_print_damage(stderr, &run);
    const bool taken = is_stdout(options->json_path) || is_stdout(options->per_image_path) ||
                       is_stdout(options->errors_path);
    if (!options->quiet && !taken) lm_eval_print(stdout, &run);
    code = write_files(&run, argc, argv);
    if (code == LM_EXIT_OK) code = check_expectation(&run);
    if (code == LM_EXIT_OK) code = check_agreement(&run);
  }
  lm_eval_close(&run);
  return code;
}

int lm_eval_main(int argc, char** argv) {
  lm_eval_options options = {
      .preprocess.crop = 1, .output_index = -1, .top = 5, .min_top1 = -1, .min_agreement = -1};
  raw_options raw = {
      .resize = "bilinear", .layout = "auto", .channels = "rgb", .label_offset = "auto"};
  int code = parse(argc, argv, &raw, &options);
  if (code < 0) code = check_options(&raw, &options);
  if (code < 0) code = check_files(&options);
  if (code < 0) code = evaluate(&options, argc, argv);
  lm_list_free(&options.models);
  lm_list_free(&options.delegates);
  lm_list_free(&raw.mean);
  lm_list_free(&raw.std);
  return code;
}
