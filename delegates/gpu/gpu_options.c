// SPDX-License-Identifier: MIT
#include "gpu_options.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_TUNE_SECONDS 2.0
#define MOST_SECONDS 86400.0

// A value, and what of it a message shows.
typedef struct value {
  const char* text;  // not terminated
  size_t length;
  int shown;
} value;

static bool is(value v, const char* word) {
  return v.length == strlen(word) && strncmp(v.text, word, v.length) == 0;
}

// One of two words.
static lm_status parse_choice(const char* delegate, const char* key, value v, const char* no,
                              const char* yes, bool* out_yes, lm_error* err) {
  *out_yes = is(v, yes);
  if (*out_yes || is(v, no)) return LM_OK;
  return LM_FAIL(err, LM_INVALID_ARGUMENT, "delegate %s: %s=%.*s is unknown; known: %s, %s",
                 delegate, key, v.shown, v.text, no, yes);
}

static lm_status parse_gemm(const char* delegate, value v, lm__gpu_gemm* out, lm_error* err) {
  static const char* const kNames[] = {"auto", "own", "clblast"};
  for (int i = 0; i < 3; ++i) {
    if (!is(v, kNames[i])) continue;
    *out = (lm__gpu_gemm)i;
    return LM_OK;
  }
  return LM_FAIL(err, LM_INVALID_ARGUMENT,
                 "delegate %s: gemm=%.*s is unknown; known: auto, own, clblast", delegate, v.shown,
                 v.text);
}

static lm_status parse_seconds(const char* delegate, const char* key, value v, double* out,
                               lm_error* err) {
  char text[32] = {0};
  char* end = text;
  if (v.length > 0 && v.length < sizeof text) {
    memcpy(text, v.text, v.length);
    *out = strtod(text, &end);
  }
  if (end == text || *end != '\0' || !(*out > 0 && *out <= MOST_SECONDS)) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT,
                   "delegate %s: %s=%.*s is no number of seconds, up to %.0f", delegate, key,
                   v.shown, v.text, MOST_SECONDS);
  }
  return LM_OK;
}

static lm_status parse_folder(value v, lm_allocator allocator, lm__gpu_options* out,
                              lm_error* err) {
  char* folder = lm_alloc(allocator, v.length + 1);
  if (folder == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate options");
  memcpy(folder, v.text, v.length);
  lm_free(allocator, out->cache_folder);
  out->cache_folder = folder;
  return LM_OK;
}

static lm_status parse_one(const char* delegate, const char* text, size_t length,
                           lm_allocator allocator, lm__gpu_options* out, lm_error* err) {
  const char* equals = memchr(text, '=', length);
  const value key = {text, equals == NULL ? length : (size_t)(equals - text), 0};
  value v = {.text = text + length};
  if (equals != NULL) {
    v.text = equals + 1;
    v.length = length - key.length - 1;
    v.shown = (int)(v.length < 40 ? v.length : 40);
  }
  if (is(key, "precision")) {
    return parse_choice(delegate, "precision", v, "fp32", "fp16", &out->half, err);
  }
  if (is(key, "trial")) {
    return parse_choice(delegate, "trial", v, "off", "on", &out->trial, err);
  }
  if (is(key, "quantized")) {
    return parse_choice(delegate, "quantized", v, "int", "float", &out->dequantize, err);
  }
  if (is(key, "tune")) {
    out->tune_given = true;
    return parse_choice(delegate, "tune", v, "off", "on", &out->tune, err);
  }
  if (is(key, "gemm")) return parse_gemm(delegate, v, &out->gemm, err);
  if (is(key, "tune-seconds")) {
    return parse_seconds(delegate, "tune-seconds", v, &out->tune_seconds, err);
  }
  if (is(key, "timeout")) {
    return parse_seconds(delegate, "timeout", v, &out->timeout_seconds, err);
  }
  if (is(key, "cache") && v.length > 0) return parse_folder(v, allocator, out, err);
  return LM_FAIL(
      err, LM_INVALID_ARGUMENT,
      "delegate %s: option '%.*s' is unknown; known: precision=fp32|fp16, "
      "trial=on|off, quantized=int|float, gemm=auto|own|clblast, tune=on|off, tune-seconds=N, "
      "timeout=SECONDS, cache=DIR",
      delegate, (int)(length < 40 ? length : 40), text);
}

lm_status lm__gpu_options_parse(const char* delegate, const char* text, lm_allocator allocator,
                                lm__gpu_options* out_options, lm_error* err) {
  *out_options =
      (lm__gpu_options){.trial = true, .tune = true, .tune_seconds = DEFAULT_TUNE_SECONDS};
  while (text != NULL && *text != '\0') {
    const size_t length = strcspn(text, ",");
    const lm_status status = parse_one(delegate, text, length, allocator, out_options, err);
    if (status != LM_OK) {
      lm__gpu_options_deinit(out_options, allocator);
      return status;
    }
    text += length;
    if (*text == ',') ++text;
  }
  return LM_OK;
}

double lm__gpu_timeout_seconds(double given, lm_device_type type) {
  return given > 0 ? given : type == LM_DEVICE_CPU ? 600.0 : 30.0;
}

void lm__gpu_options_deinit(lm__gpu_options* options, lm_allocator allocator) {
  lm_free(allocator, options->cache_folder);
  options->cache_folder = NULL;
}
