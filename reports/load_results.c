// SPDX-License-Identifier: MIT
#include "load_results.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_read.h"
#include "load_parts.h"

#define MAX_FILE_BYTES (512ull * 1024 * 1024)

static lm_status read_failure(FILE* file, lm_error* err) {
  const int code = errno;
  if (file != NULL) fclose(file);
  return LM_FAIL(err, LM_IO, "cannot be read: %s", strerror(code));
}

// The bytes of a file, or of a pipe; "-" is stdin. *out is OWNED.
static lm_status read_bytes(const char* path, char** out, size_t* out_length, lm_error* err) {
  *out = NULL;
  FILE* file = fopen(strcmp(path, "-") == 0 ? "/dev/stdin" : path, "rbe");
  if (file == NULL) return read_failure(NULL, err);
  size_t size = 0, length = 0;
  char* bytes = NULL;
  for (;;) {
    if (length == size) {
      size = size == 0 ? 64 * 1024 : size * 2;
      char* grown = size > MAX_FILE_BYTES ? NULL : realloc(bytes, size);
      if (grown == NULL) {
        free(bytes);
        fclose(file);
        if (size <= MAX_FILE_BYTES) return LM_FAIL(err, LM_OUT_OF_MEMORY, "out of memory");
        return LM_FAIL(err, LM_BAD_INPUT, "is larger than %llu MiB", MAX_FILE_BYTES >> 20);
      }
      bytes = grown;
    }
    errno = 0;
    const size_t n = fread(bytes + length, 1, size - length, file);
    length += n;
    if (n != 0) continue;
    if (ferror(file)) {
      free(bytes);
      return read_failure(file, err);
    }
    break;
  }
  fclose(file);
  *out = bytes;
  *out_length = length;
  return LM_OK;
}

static void load_result(lm_json_reader* r, const lm_json_at* at, lm_result* out) {
  if (!cJSON_IsObject(at->node)) {
    lm__read_fail(r, at, "an object");
    return;
  }
  const char* kind = lm__read_need_string(r, at, "kind");
  out->is_eval = strcmp(kind, "eval") == 0;
  if (!out->is_eval && strcmp(kind, "bench") != 0) {
    const lm_json_at where = lm__read_member(r, at, "kind");
    lm__read_fail(r, &where, "\"bench\" or \"eval\"");
  }
  out->name = lm__read_need_string(r, at, "name");
  out->delegate = lm__read_need_string(r, at, "delegate");
  out->ran_on = lm__read_string(r, at, "ran_on");
  out->device = lm__read_string(r, at, "device");
  out->threads = lm__read_number(r, at, "threads", 0, 1e6);
  lm__load_model(r, at, &out->model);
  lm__load_placement(r, at, out);
  lm__load_ops(r, at, out);
  lm__load_latency(r, at, out);
  lm__load_memory(r, at, &out->memory);
  lm__load_binary(r, at, out);
  lm__load_check(r, at, out);
  lm__load_device(r, at, out);
  lm__load_accuracy(r, at, out);
}

static lm_status check_version(lm_json_reader* r, const lm_json_at* root) {
  const lm_json_at version = lm__read_member(r, root, "schema_version");
  if (r->err->status != LM_OK) return r->err->status;
  if (!cJSON_IsNumber(version.node)) return lm__read_fail(r, &version, "the number 1");
  const double found = version.node->valuedouble;
  if (found == LM_REPORT_SCHEMA_VERSION) return LM_OK;
  return LM_FAIL(r->err, LM_BAD_INPUT, "schema_version is %g, this program reads %d", found,
                 LM_REPORT_SCHEMA_VERSION);
}

static lm_status append(lm_pool* pool, lm_results* results, int more) {
  const size_t count = (size_t)results->count + (size_t)more;
  const size_t files = (size_t)results->file_count + 1;
  lm_result* items = lm__pool_array(pool, count, sizeof *items);
  lm_file_context* contexts = lm__pool_array(pool, files, sizeof *contexts);
  if (items == NULL || contexts == NULL) return LM_OUT_OF_MEMORY;
  if (results->count > 0) memcpy(items, results->items, results->count * sizeof *items);
  if (results->file_count > 0) {
    memcpy(contexts, results->files, results->file_count * sizeof *contexts);
  }
  results->items = items;
  results->files = contexts;
  return LM_OK;
}

static lm_status append_failures(lm_json_reader* r, const lm_json_at* root, lm_results* results) {
  lm_failure_facts* more = NULL;
  const int count = lm__load_failures(r, root, &more);
  if (count == 0) return r->err->status;
  const size_t all = (size_t)results->failure_count + (size_t)count;
  lm_failure_facts* failures = lm__pool_array(r->pool, all, sizeof *failures);
  if (failures == NULL) return LM_FAIL(r->err, LM_OUT_OF_MEMORY, "out of memory");
  if (results->failure_count > 0) {
    memcpy(failures, results->failures, results->failure_count * sizeof *failures);
  }
  memcpy(failures + results->failure_count, more, (size_t)count * sizeof *failures);
  results->failures = failures;
  results->failure_count += count;
  return r->err->status;
}

static lm_status load_document(lm_json_reader* r, const cJSON* json, const char* path,
                               lm_results* results) {
  const lm_json_at root = {json, NULL, NULL, 0};
  if (!cJSON_IsObject(json)) return lm__read_fail(r, &root, "an object");
  lm_status status = check_version(r, &root);
  if (status != LM_OK) return status;
  lm_json_at array, item;
  const int count = lm__read_array(r, &root, "results", &array, &item);
  if (array.node == NULL) lm__read_fail(r, &array, "an array");
  if (r->err->status != LM_OK) return r->err->status;
  if (count > LM_REPORT_MAX_RESULTS - results->count) {
    return LM_FAIL(r->err, LM_BAD_INPUT,
                   "results: %d and %d before them are more than the %d that "
                   "one report holds",
                   count, results->count, LM_REPORT_MAX_RESULTS);
  }
  status = append(r->pool, results, count);
  if (status != LM_OK) return LM_FAIL(r->err, status, "out of memory");
  lm_file_context* context = &results->files[results->file_count];
  context->path = lm__pool_clean(r->pool, path);
  lm__load_context(r, &root, context);
  lm__load_peak(r, &root, context);
  for (int i = 0; i < count && r->err->status == LM_OK; ++i) {
    lm_result* result = &results->items[results->count];
    result->source = results->file_count;
    load_result(r, &item, result);
    ++results->count;
    lm__read_next(&item);
  }
  lm__load_comparison(r, &root, results->file_count, results);
  ++results->file_count;
  return append_failures(r, &root, results);
}

lm_status lm__results_load(const char* path, lm_pool* pool, lm_results* results, lm_error* err) {
  char* text = NULL;
  size_t length = 0;
  lm_status status = read_bytes(path, &text, &length, err);
  if (status != LM_OK) return status;
  cJSON* json = NULL;
  status = lm__read_parse(text, length, &json, err);
  free(text);
  if (status != LM_OK) return status;
  lm_json_reader reader = {pool, err};
  status = load_document(&reader, json, path, results);
  cJSON_Delete(json);
  if (status == LM_OK && pool->failed) status = LM_FAIL(err, LM_OUT_OF_MEMORY, "out of memory");
  return status;
}
