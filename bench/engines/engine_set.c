// SPDX-License-Identifier: MIT
#include "engine_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kDefaultSuffix[] = "-default";

static lm_status unknown_engine(const char* name, lm_error* err) {
  const char* names[LM_ENGINE_SET_MAX];
  int count = 0;
  char list[160] = "";
  for (const lm_engine_kind* k; (k = lm_engine_kind_at(count)) != NULL; ++count) {
    names[count] = k->name;
    const size_t length = strlen(list);
    snprintf(list + length, sizeof list - length, "%s%s", count > 0 ? ", " : "", k->name);
  }
  const char* near = lm_nearest(name, names, count);
  return LM_FAIL(
      err, LM_INVALID_ARGUMENT,
      "there is no engine '%.40s', there are %s, openvino-default and litert-gpu-default%s%s%s",
      name, list, near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
      near != NULL ? "'?" : "");
}

// "litmark:a=1;b=2": options of the delegate; commas separate engines, so they are semicolons here.
static lm_status parse_options(lm_engine_choice* choice, const char* text, lm_error* err) {
  if (choice->kind->package != NULL || *text == '\0') {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "engine '%.60s': only litmark takes options",
                   choice->name);
  }
  choice->options = strdup(text);
  if (choice->options == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "options of an engine");
  for (char* c = choice->options; *c != '\0'; ++c) {
    if (*c == ';') *c = ',';
  }
  return LM_OK;
}

static lm_status parse_choice(const char* text, lm_engine_choice* choice, lm_error* err) {
  *choice = (lm_engine_choice){.precision = LM_ENGINE_FLOAT32};
  char base[sizeof choice->name];
  if ((size_t)snprintf(choice->name, sizeof choice->name, "%s", text) >= sizeof choice->name) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "engine '%.60s...': the name is too long", text);
  }
  snprintf(base, sizeof base, "%s", text);
  char* colon = strchr(base, ':');
  if (colon != NULL) *colon = '\0';
  const size_t length = strlen(base), suffix = sizeof kDefaultSuffix - 1;
  if (length > suffix && strcmp(base + length - suffix, kDefaultSuffix) == 0) {
    base[length - suffix] = '\0';
    choice->precision = LM_ENGINE_DEFAULT;
  }
  choice->kind = lm_engine_kind_find(base);
  // Some compute floats otherwise than the file says unless they are told.
  const bool has_default = strcmp(base, "openvino") == 0 || strcmp(base, "litert-gpu") == 0;
  if (choice->kind == NULL || (choice->precision == LM_ENGINE_DEFAULT && !has_default)) {
    return unknown_engine(text, err);
  }
  return colon != NULL ? parse_options(choice, colon + 1, err) : LM_OK;
}

lm_status lm_engine_set_check_libs(const lm_list* libs, lm_error* err) {
  for (int i = 0; i < libs->count; ++i) {
    const char* equals = strchr(libs->items[i], '=');
    bool known = false;
    const lm_engine_kind* kind;
    for (int32_t k = 0; equals != NULL && (kind = lm_engine_kind_at(k)) != NULL; ++k) {
      const size_t length = (size_t)(equals - libs->items[i]);
      known |= kind->package != NULL && strlen(kind->name) == length &&
               strncmp(kind->name, libs->items[i], length) == 0;
    }
    if (!known || equals[1] == '\0') {
      return LM_FAIL(
          err, LM_INVALID_ARGUMENT,
          "--engine-lib wants litert=PATH, litert-gpu=PATH or openvino=PATH, not '%.80s'",
          libs->items[i]);
    }
  }
  return LM_OK;
}

const char* lm_engine_set_path(const lm_list* libs, const lm_engine_kind* kind) {
  const char* path = NULL;
  const size_t length = strlen(kind->name);
  for (int i = 0; i < libs->count; ++i) {
    const char* item = libs->items[i];
    if (strncmp(item, kind->name, length) == 0 && item[length] == '=') path = item + length + 1;
  }
  return path;
}

static lm_status load_library(lm_engine_set* set, lm_engine_choice* choice, const lm_list* libs,
                              lm_error* err) {
  for (int i = 0; i < set->library_count; ++i) {
    if (set->libraries[i].kind != choice->kind) continue;
    choice->library = &set->libraries[i];
    return LM_OK;
  }
  lm_engine_library* library = &set->libraries[set->library_count];
  const lm_status status =
      lm_engine_library_open(choice->kind, lm_engine_set_path(libs, choice->kind), library, err);
  if (status != LM_OK) return status;
  ++set->library_count;
  choice->library = library;
  return LM_OK;
}

static bool is_repeated(const lm_engine_set* set, const char* name) {
  for (int i = 0; i < set->count; ++i) {
    if (strcmp(set->choices[i].name, name) == 0) return true;
  }
  return false;
}

lm_status lm_engine_set_open(lm_engine_set* set, const lm_list* names, const lm_list* libs,
                             lm_error* err) {
  *set = (lm_engine_set){0};
  lm_status status = lm_engine_set_check_libs(libs, err);
  for (int i = 0; status == LM_OK && i < names->count; ++i) {
    const char* name = names->items[i];
    if (set->count == LM_ENGINE_SET_MAX || is_repeated(set, name)) {
      status = LM_FAIL(err, LM_INVALID_ARGUMENT, "--engine: '%.60s' %s", name,
                       is_repeated(set, name) ? "stands there twice" : "is one too many");
      break;
    }
    lm_engine_choice* choice = &set->choices[set->count];
    status = parse_choice(name, choice, err);
    ++set->count;
    if (status == LM_OK) status = load_library(set, choice, libs, err);
  }
  if (status != LM_OK) lm_engine_set_close(set);
  return status;
}

void lm_engine_set_close(lm_engine_set* set) {
  for (int i = 0; i < set->count; ++i) free(set->choices[i].options);
  for (int i = 0; i < set->library_count; ++i) lm_engine_library_close(&set->libraries[i]);
  *set = (lm_engine_set){0};
}
