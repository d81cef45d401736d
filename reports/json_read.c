// SPDX-License-Identifier: MIT
#include "json_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// cJSON keeps some 64 bytes for every value: a file of "[[[[..." must not become gigabytes.
enum { MAX_VALUES = 8 * 1000 * 1000 };
#define MAX_AMOUNT 9007199254740992.0  // 2^53

static const char* type_name(const cJSON* node) {
  if (node == NULL || cJSON_IsNull(node)) return "nothing";
  if (cJSON_IsNumber(node)) return "a number";
  if (cJSON_IsString(node)) return "a string";
  if (cJSON_IsArray(node)) return "an array";
  if (cJSON_IsObject(node)) return "an object";
  return "true or false";
}

static void print_path(const lm_json_at* at, char* path, size_t size) {
  if (at == NULL || at->parent == NULL) return;
  print_path(at->parent, path, size);
  const size_t used = strlen(path);
  if (at->key == NULL) {
    snprintf(path + used, size - used, "[%d]", at->index);
  } else {
    snprintf(path + used, size - used, "%s%.40s", used > 0 ? "." : "", at->key);
  }
}

lm_status lm__read_fail(lm_json_reader* r, const lm_json_at* at, const char* wanted) {
  char path[120] = "";
  print_path(at, path, sizeof path);
  return LM_FAIL(r->err, LM_BAD_INPUT, "%s: wants %s, found %s",
                 path[0] != '\0' ? path : "the file", wanted, type_name(at->node));
}

static int compare_keys(const void* a, const void* b) {
  return strcmp(*(const char* const*)a, *(const char* const*)b);
}

// cJSON keeps both of two equal keys; which one counts would differ between programs.
static lm_status check_object_keys(const cJSON* object, lm_error* err) {
  size_t count = 0;
  for (const cJSON* c = object->child; c != NULL; c = c->next) ++count;
  if (count < 2) return LM_OK;
  const char** keys = malloc(count * sizeof *keys);
  if (keys == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "out of memory");
  size_t n = 0;
  for (const cJSON* c = object->child; c != NULL; c = c->next) keys[n++] = c->string;
  qsort(keys, count, sizeof *keys, compare_keys);
  lm_status status = LM_OK;
  for (size_t i = 1; i < count && status == LM_OK; ++i) {
    if (strcmp(keys[i - 1], keys[i]) != 0) continue;
    status = LM_FAIL(err, LM_BAD_INPUT, "the key \"%.60s\" stands twice in one object", keys[i]);
  }
  free(keys);
  return status;
}

// The depth is bounded by cJSON's own limit.
static lm_status check_keys(const cJSON* node, lm_error* err) {
  lm_status status = cJSON_IsObject(node) ? check_object_keys(node, err) : LM_OK;
  for (const cJSON* c = node->child; c != NULL && status == LM_OK; c = c->next) {
    if (c->child != NULL) status = check_keys(c, err);
  }
  return status;
}

static lm_status parse_failure(const char* text, const char* at, const char* what, lm_error* err) {
  int line = 1, column = 1;
  for (const char* c = text; c < at; ++c) {
    column = *c == '\n' ? 1 : column + 1;
    line += *c == '\n';
  }
  return LM_FAIL(err, LM_BAD_INPUT, "%s at line %d, column %d", what, line, column);
}

lm_status lm__read_parse(const char* text, size_t length, cJSON** out, lm_error* err) {
  *out = NULL;
  size_t values = 1;
  for (size_t i = 0; i < length; ++i) {
    values += text[i] == ',' || text[i] == '[' || text[i] == '{';
  }
  if (values > MAX_VALUES) {
    return LM_FAIL(err, LM_BAD_INPUT, "holds %zu values, more than the %d that are read", values,
                   MAX_VALUES);
  }
  const char* end = text;
  cJSON* root = cJSON_ParseWithLengthOpts(text, length, &end, false);
  if (root == NULL) {
    return parse_failure(text, end, "is not JSON, or cut off or nested too deeply,", err);
  }
  while (end < text + length && (*end == ' ' || *end == '\n' || *end == '\r' || *end == '\t'))
    ++end;
  lm_status status = end == text + length
                         ? check_keys(root, err)
                         : parse_failure(text, end, "has something behind the JSON", err);
  if (status != LM_OK) {
    cJSON_Delete(root);
    return status;
  }
  *out = root;
  return LM_OK;
}

lm_json_at lm__read_member(lm_json_reader* r, const lm_json_at* object, const char* key) {
  lm_json_at at = {NULL, object, key, 0};
  if (object->node == NULL) return at;
  if (!cJSON_IsObject(object->node)) {
    lm__read_fail(r, object, "an object");
    return at;
  }
  const cJSON* node = cJSON_GetObjectItemCaseSensitive(object->node, key);
  if (node != NULL && !cJSON_IsNull(node)) at.node = node;
  return at;
}

lm_json_at lm__read_object(lm_json_reader* r, const lm_json_at* object, const char* key) {
  lm_json_at at = lm__read_member(r, object, key);
  if (at.node != NULL && !cJSON_IsObject(at.node)) {
    lm__read_fail(r, &at, "an object");
    at.node = NULL;
  }
  return at;
}

int lm__read_array(lm_json_reader* r, const lm_json_at* object, const char* key, lm_json_at* array,
                   lm_json_at* first) {
  *array = lm__read_member(r, object, key);
  *first = (lm_json_at){NULL, array, NULL, 0};
  if (array->node == NULL) return 0;
  if (!cJSON_IsArray(array->node)) {
    lm__read_fail(r, array, "an array");
    return 0;
  }
  first->node = array->node->child;
  return cJSON_GetArraySize(array->node);
}

bool lm__read_next(lm_json_at* item) {
  item->node = item->node->next;
  ++item->index;
  return item->node != NULL;
}

double lm__read_number(lm_json_reader* r, const lm_json_at* object, const char* key, double min,
                       double max) {
  const lm_json_at at = lm__read_member(r, object, key);
  if (at.node == NULL) return NAN;
  if (!cJSON_IsNumber(at.node)) {
    lm__read_fail(r, &at, "a number");
    return NAN;
  }
  const double value = at.node->valuedouble;
  if (isfinite(value) && value >= min && value <= max) return value;
  char path[120] = "";
  print_path(&at, path, sizeof path);
  (void)LM_FAIL(r->err, LM_BAD_INPUT, "%s: %g is not within %g to %g", path, value, min, max);
  return NAN;
}

double lm__read_amount(lm_json_reader* r, const lm_json_at* object, const char* key) {
  return lm__read_number(r, object, key, 0, MAX_AMOUNT);
}

const char* lm__read_string(lm_json_reader* r, const lm_json_at* object, const char* key) {
  const lm_json_at at = lm__read_member(r, object, key);
  if (at.node == NULL) return NULL;
  if (!cJSON_IsString(at.node)) {
    lm__read_fail(r, &at, "a string");
    return NULL;
  }
  return lm__pool_clean(r->pool, at.node->valuestring);
}

const char* lm__read_need_string(lm_json_reader* r, const lm_json_at* object, const char* key) {
  const char* text = lm__read_string(r, object, key);
  if (text != NULL && text[0] != '\0') return text;
  const lm_json_at at = lm__read_member(r, object, key);
  lm__read_fail(r, &at, "a text that is not empty");
  return "";
}

void lm__read_interval(lm_json_reader* r, const lm_json_at* object, const char* key,
                       double out[2]) {
  out[0] = out[1] = NAN;
  lm_json_at array, item;
  if (lm__read_array(r, object, key, &array, &item) == 0 && array.node == NULL) return;
  const cJSON* low = array.node->child;
  const cJSON* high = low != NULL ? low->next : NULL;
  const bool fits = cJSON_IsNumber(low) && high != NULL && cJSON_IsNumber(high) &&
                    high->next == NULL && isfinite(low->valuedouble) &&
                    isfinite(high->valuedouble) && low->valuedouble <= high->valuedouble;
  if (!fits) {
    lm__read_fail(r, &array, "two numbers, the lower one first");
    return;
  }
  out[0] = low->valuedouble;
  out[1] = high->valuedouble;
}

const char* lm__read_joined(lm_json_reader* r, const lm_json_at* object, const char* key,
                            const char* separator, int decimals) {
  lm_json_at array, item;
  if (lm__read_array(r, object, key, &array, &item) == 0) return NULL;
  char* buffer = NULL;
  size_t size = 0;
  FILE* stream = open_memstream(&buffer, &size);
  if (stream == NULL) {
    r->pool->failed = true;
    return NULL;
  }
  do {
    if (item.index > 0) fputs(separator, stream);
    if (cJSON_IsString(item.node)) {
      fputs(item.node->valuestring, stream);
    } else if (cJSON_IsNumber(item.node) && decimals >= 0) {
      fprintf(stream, "%.*f", decimals, item.node->valuedouble);
    } else if (cJSON_IsNumber(item.node)) {
      fprintf(stream, "%.10g", item.node->valuedouble);
    } else {
      lm__read_fail(r, &item, "a string or a number");
    }
  } while (lm__read_next(&item));
  const bool ok = fclose(stream) == 0 && buffer != NULL;
  const char* text = ok ? lm__pool_clean(r->pool, buffer) : NULL;
  if (!ok) r->pool->failed = true;
  free(buffer);
  return text;
}
