// SPDX-License-Identifier: MIT
#include "result.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "atomic_file.h"
#include "context.h"

void lm_result_begin(lm_result_file* file, int argc, char* const* argv) {
  *file = (lm_result_file){.root = cJSON_CreateObject()};
  file->json.failed = file->root == NULL;
  lm_json_integer(&file->json, file->root, "schema_version", LM_RESULT_SCHEMA_VERSION);
  lm_context_add_tool(&file->json, file->root);
  lm_context_add_machine(&file->json, file->root, argc, argv);
  file->results = lm_json_array(&file->json, file->root, "results");
}

void lm_result_free(lm_result_file* file) {
  cJSON_Delete(file->root);
  *file = (lm_result_file){0};
}

cJSON* lm_result_add(lm_result_file* file, const char* kind, const char* name) {
  cJSON* result = lm_json_object(&file->json, file->results, NULL);
  lm_json_string(&file->json, result, "kind", kind);
  lm_json_string(&file->json, result, "name", name);
  return result;
}

// Names are printed in tables: no line may break there, and no terminal obey.
static const char* clean(char* text) {
  for (char* c = text; *c != '\0'; ++c) {
    if ((unsigned char)*c < ' ' || *c == 0x7f) *c = ' ';
  }
  return text;
}

const char* lm_printable(char* buffer, size_t buffer_size, const char* text) {
  snprintf(buffer, buffer_size, "%s", text);
  return clean(buffer);
}

const char* lm_model_base_name(char* buffer, size_t buffer_size, const char* path) {
  const char* slash = strrchr(path, '/');
  snprintf(buffer, buffer_size, "%s", slash != NULL ? slash + 1 : path);
  char* dot = strrchr(buffer, '.');
  if (dot != NULL && dot != buffer && strcmp(dot, ".tflite") == 0) *dot = '\0';
  return clean(buffer);
}

const char* lm_result_name(char* buffer, size_t buffer_size, const char* model_path,
                           const char* delegate, int threads) {
  char model[256];
  lm_model_base_name(model, sizeof model, model_path);
  for (char* c = model; *c != '\0'; ++c) {
    if ((unsigned char)*c <= ' ' || *c == '/') *c = '_';
  }
  snprintf(buffer, buffer_size, "%s/%s/threads:%d", model, delegate, threads);
  return buffer;
}

void lm_json_interval(lm_json* json, cJSON* parent, const char* name, lm_interval interval) {
  // NAN compares unequal to itself.
  if (interval.low != interval.low || interval.high != interval.high) {
    lm_json_null(json, parent, name);
    return;
  }
  cJSON* array = lm_json_array(json, parent, name);
  lm_json_number(json, array, NULL, interval.low);
  lm_json_number(json, array, NULL, interval.high);
}

cJSON* lm_json_summary(lm_json* json, cJSON* parent, const char* name, const lm_summary* summary) {
  cJSON* object = lm_json_object(json, parent, name);
  lm_json_number(json, object, "median", summary->median);
  lm_json_interval(json, object, "ci95", summary->median_ci95);
  lm_json_number(json, object, "mean", summary->mean);
  lm_json_number(json, object, "stddev", summary->stddev);
  lm_json_number(json, object, "min", summary->min);
  lm_json_number(json, object, "max", summary->max);
  lm_json_number(json, object, "p90", summary->p90);
  lm_json_number(json, object, "p95", summary->p95);
  lm_json_number(json, object, "p99", summary->p99);
  lm_json_integer(json, object, "count", summary->count);
  lm_json_number(json, object, "autocorrelation", summary->autocorrelation);
  return object;
}

static lm_status write_stream(FILE* stream, const char* text, lm_error* err) {
  if (fputs(text, stream) < 0 || fputc('\n', stream) < 0 || fflush(stream) != 0) {
    return LM_FAIL(err, errno == ENOSPC ? LM_OUT_OF_MEMORY : LM_IO, "cannot be written: %s",
                   strerror(errno));
  }
  return LM_OK;
}

static lm_status write_special(const char* path, const char* text, lm_error* err) {
  FILE* stream = fopen(path, "we");
  if (stream == NULL) return LM_FAIL(err, LM_IO, "cannot be opened: %s", strerror(errno));
  const lm_status status = write_stream(stream, text, err);
  fclose(stream);
  return status;
}

// Devices and pipes (/dev/stdout, /dev/null, a shell's >(...)) are written to, never replaced.
static bool is_special(const char* path) {
  struct stat info;
  return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

lm_status lm_result_check_path(const char* path, const char* const* inputs, int input_count,
                               lm_error* err) {
  struct stat info, input;
  if (path == NULL || strcmp(path, "-") == 0 || is_special(path)) return LM_OK;
  const bool exists = stat(path, &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) return LM_FAIL(err, LM_IO, "is a folder");
  for (int i = 0; exists && i < input_count; ++i) {
    if (inputs[i] == NULL || stat(inputs[i], &input) != 0) continue;
    if (info.st_dev != input.st_dev || info.st_ino != input.st_ino) continue;
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "is read, too; the result would replace it");
  }
  lm_atomic_file file;
  const lm_status status = lm_atomic_open(path, &file, err);
  if (status == LM_OK) lm_atomic_abandon(&file);
  return status;
}

lm_status lm_result_write_text(const char* path, const char* text, lm_error* err) {
  if (strcmp(path, "-") == 0) return write_stream(stdout, text, err);
  if (is_special(path)) return write_special(path, text, err);
  lm_atomic_file file;
  const lm_status status = lm_atomic_open(path, &file, err);
  if (status != LM_OK) return status;
  fputs(text, file.stream);
  fputc('\n', file.stream);
  return lm_atomic_commit(&file, err);
}

lm_status lm_result_write(lm_result_file* file, const char* path, lm_error* err) {
  char* text = file->json.failed ? NULL : cJSON_Print(file->root);
  if (text == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "result document");
  const lm_status status = lm_result_write_text(path, text, err);
  cJSON_free(text);
  return status;
}
