// SPDX-License-Identifier: MIT
#include "delegate_flags.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_features.h"

enum { DELEGATE_COUNT = 3, VALUE_COUNT = 4 };
static const char* const kDelegates[DELEGATE_COUNT] = {"cpu", "opencl", "vulkan"};

// A flag, its key among a delegate's options and the values that each delegate takes.
typedef struct flag_kind {
  const char* flag;
  const char* key;
  size_t offset;                                    // in lm_delegate_flags; of a const char*
  bool any_value;                                   // values are free text
  bool to_fallback;                                 // the cpu delegate behind a GPU gets it, too
  bool behind_gpu;                                  // ... and that is reason enough to take it
  const char* values[DELEGATE_COUNT][VALUE_COUNT];  // by kDelegates; the first is the default
} flag_kind;

#define MEMBER(name) offsetof(lm_delegate_flags, name)
static const flag_kind kFlags[] = {
    {"isa", "isa", MEMBER(isa), true, true, true, {{"native"}, {NULL}, {NULL}}},
    {"precision",
     "precision",
     MEMBER(precision),
     false,
     false,
     false,
     {{"fp32", "fp32-split6", "fp32-split3"}, {"fp32", "fp16"}, {"fp32", "fp16"}}},
    {"quantized",
     "quantized",
     MEMBER(quantized),
     false,
     false,
     false,
     {{NULL}, {"int", "float"}, {"int", "float"}}},
    {"opencl-gemm",
     "gemm",
     MEMBER(opencl_gemm),
     false,
     false,
     false,
     {{NULL}, {"auto", "own", "clblast"}, {NULL}}},
    {"cache", "cache", MEMBER(cache), true, true, false, {{"DIR"}, {"DIR"}, {"DIR"}}},
};
enum { FLAG_COUNT = sizeof kFlags / sizeof kFlags[0] };
// --no-tune is the one without a value.
static const flag_kind kNoTune = {
    "no-tune", "tune", 0, true, false, false, {{NULL}, {"off"}, {"off"}}};

static const char* value_of(const lm_delegate_flags* flags, const flag_kind* kind) {
  if (kind == &kNoTune) return flags->no_tune ? "off" : NULL;
  const char* value;
  memcpy(&value, (const char*)flags + kind->offset, sizeof value);
  return value;
}

static const flag_kind* kind_at(int i) { return i < FLAG_COUNT ? &kFlags[i] : &kNoTune; }

static bool takes(const flag_kind* kind, int delegate, const char* value) {
  const char* const* values = kind->values[delegate];
  if (values[0] == NULL) return false;
  if (kind->any_value) return true;
  for (int i = 0; i < VALUE_COUNT && values[i] != NULL; ++i) {
    if (strcmp(values[i], value) == 0) return true;
  }
  return false;
}

// Does a delegate as the user names it take the flag? Names that nobody knows are reported where
// they are opened.
static bool name_takes(const flag_kind* kind, const char* name, const char* value) {
  if (strcmp(name, "reference") == 0) return false;
  bool known = strcmp(name, "gpu") == 0;
  for (int d = 0; d < DELEGATE_COUNT; ++d) {
    const bool is_gpu = d > 0;
    const bool meant = strcmp(name, kDelegates[d]) == 0 || (is_gpu && strcmp(name, "gpu") == 0);
    known |= meant;
    if (meant && (takes(kind, d, value) || (is_gpu && kind->behind_gpu))) return true;
  }
  return !known;
}

// "cpu: fp32, fp32-split6; opencl: fp32, fp16" or, for free text, "cpu, opencl".
static void list_takers(const flag_kind* kind, char* text, size_t size) {
  size_t used = 0;
  text[0] = '\0';
  for (int d = 0; d < DELEGATE_COUNT; ++d) {
    if (kind->values[d][0] == NULL) continue;
    const char* separator = used == 0 ? "" : kind->any_value ? ", " : "; ";
    used += (size_t)snprintf(text + used, size - used, "%s%s", separator, kDelegates[d]);
    for (int i = 0; !kind->any_value && i < VALUE_COUNT && kind->values[d][i] != NULL; ++i) {
      used += (size_t)snprintf(text + used, size - used, "%s%s", i == 0 ? " takes " : ", ",
                               kind->values[d][i]);
    }
  }
}

static lm_status check_flag(const lm_delegate_flags* flags, const flag_kind* kind,
                            const char* const* delegates, int count, lm_error* err) {
  const char* value = value_of(flags, kind);
  if (value == NULL) return LM_OK;
  char given[2];
  if (lm_delegate_option(flags->extra, kind->key, given, sizeof given)) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "--%s and %s= of the delegate's options: give one",
                   kind->flag, kind->key);
  }
  if (kind->any_value && (*value == '\0' || strchr(value, ',') != NULL)) {
    return LM_FAIL(
        err, LM_INVALID_ARGUMENT, "--%s '%.80s': %s", kind->flag, value,
        *value == '\0' ? "a value is missing" : "a name with a comma cannot be passed on");
  }
  for (int i = 0; i < count; ++i) {
    if (name_takes(kind, delegates[i], value)) return LM_OK;
  }
  char takers[200];
  list_takers(kind, takers, sizeof takers);
  if (kind->any_value) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "--%s needs the delegate %s", kind->flag, takers);
  }
  return LM_FAIL(err, LM_INVALID_ARGUMENT, "--%s %.40s: %s%s%s; %s", kind->flag, value,
                 count == 1 ? "delegate " : "none of the delegates takes it",
                 count == 1 ? delegates[0] : "", count == 1 ? " does not take it" : "", takers);
}

lm_status lm_delegate_flags_check(const lm_delegate_flags* flags, const char* const* delegates,
                                  int count, lm_error* err) {
  for (int i = 0; i <= FLAG_COUNT; ++i) {
    const lm_status status = check_flag(flags, kind_at(i), delegates, count, err);
    if (status != LM_OK) return status;
  }
  return flags->isa == NULL ? LM_OK : lm__cpu_isa_require(flags->isa, strlen(flags->isa), err);
}

static int delegate_index(const char* name) {
  for (int d = 0; d < DELEGATE_COUNT; ++d) {
    if (strcmp(name, kDelegates[d]) == 0) return d;
  }
  return -1;
}

lm_status lm_delegate_flags_merge(const lm_delegate_flags* flags, const char* delegate,
                                  bool fallback, char** out_options, lm_error* err) {
  const int d = delegate_index(delegate);
  const char* extra = fallback || flags->extra == NULL ? "" : flags->extra;
  *out_options = NULL;
  size_t size = strlen(extra) + 1;
  for (int i = 0; i <= FLAG_COUNT; ++i) {
    const char* value = value_of(flags, kind_at(i));
    if (value != NULL) size += strlen(kind_at(i)->key) + strlen(value) + 2;
  }
  if (size == 1) return LM_OK;
  char* text = malloc(size);
  if (text == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate options");
  size_t used = 0;
  for (int i = 0; d >= 0 && i <= FLAG_COUNT; ++i) {
    const flag_kind* kind = kind_at(i);
    const char* value = value_of(flags, kind);
    if (value == NULL || !takes(kind, d, value) || (fallback && !kind->to_fallback)) continue;
    used += (size_t)snprintf(text + used, size - used, "%s%s=%s", used > 0 ? "," : "", kind->key,
                             value);
  }
  snprintf(text + used, size - used, "%s%s", used > 0 && *extra != '\0' ? "," : "", extra);
  *out_options = text;
  if (*text == '\0') {
    free(text);
    *out_options = NULL;
  }
  return LM_OK;
}

lm_delegate_flags lm_delegate_flags_of_variant(const lm_delegate_flags* flags,
                                               const char* options) {
  lm_delegate_flags variant = *flags;
  if (options == NULL) return variant;
  variant.extra = options;
  char value[2];
  for (int i = 0; i < FLAG_COUNT; ++i) {
    if (!lm_delegate_option(options, kFlags[i].key, value, sizeof value)) continue;
    memset((char*)&variant + kFlags[i].offset, 0, sizeof(const char*));
  }
  if (lm_delegate_option(options, kNoTune.key, value, sizeof value)) variant.no_tune = false;
  return variant;
}

lm_isa lm_delegate_flags_isa(const lm_delegate_flags* flags) {
  char option[32];
  if (flags->isa == NULL) return lm_isa_of_options(flags->extra);
  snprintf(option, sizeof option, "isa=%.20s", flags->isa);
  return lm_isa_of_options(option);
}

bool lm_delegate_option(const char* options, const char* key, char* buffer, size_t size) {
  const size_t key_length = strlen(key);
  bool found = false;
  while (options != NULL && *options != '\0') {
    const size_t length = strcspn(options, ",");
    if (length > key_length && options[key_length] == '=' &&
        strncmp(options, key, key_length) == 0) {
      const size_t value_length = length - key_length - 1;
      const size_t copied = value_length < size ? value_length : size - 1;
      memcpy(buffer, options + key_length + 1, copied);
      buffer[copied] = '\0';
      found = true;
    }
    options += length;
    if (*options == ',') ++options;
  }
  return found;
}

// The value that a delegate computes with: the option's, else its default; NULL: it has no such
// choice.
static const char* effective(const char* delegate, const char* options, const char* flag,
                             char* buffer, size_t size) {
  const int d = delegate_index(delegate);
  for (int i = 0; d >= 0 && i < FLAG_COUNT; ++i) {
    if (strcmp(kFlags[i].flag, flag) != 0 || kFlags[i].values[d][0] == NULL) continue;
    if (lm_delegate_option(options, kFlags[i].key, buffer, size)) return buffer;
    return kFlags[i].any_value ? NULL : kFlags[i].values[d][0];
  }
  return NULL;
}

void lm_delegate_settings_json(lm_json* json, cJSON* result, const char* delegate,
                               const char* options, const char* precision_used) {
  char value[512];
  cJSON* settings = lm_json_object(json, result, "settings");
  const char* precision = effective(delegate, options, "precision", value, sizeof value);
  lm_json_string(json, settings, "precision", precision != NULL ? precision : "fp32");
  lm_json_string(json, settings, "precision_used", precision_used);
  lm_json_string(json, settings, "quantized",
                 effective(delegate, options, "quantized", value, sizeof value));
  lm_json_string(json, settings, "gemm",
                 effective(delegate, options, "opencl-gemm", value, sizeof value));
  if (delegate_index(delegate) > 0) {
    const bool off =
        lm_delegate_option(options, "tune", value, sizeof value) && strcmp(value, "off") == 0;
    lm_json_bool(json, settings, "tune", !off);
  } else {
    lm_json_null(json, settings, "tune");
  }
  lm_json_string(json, settings, "cache",
                 effective(delegate, options, "cache", value, sizeof value));
  lm_json_string(json, settings, "options", options);
}

const char* lm_delegate_settings_text(const char* delegate, const char* options, char* buffer,
                                      size_t size) {
  static const struct {
    const char *flag, *text;
  } kParts[] = {{"precision", ""}, {"quantized", "quantized as "}, {"opencl-gemm", "gemm "}};
  const int d = delegate_index(delegate);
  size_t used = 0;
  buffer[0] = '\0';
  for (int p = 0; d >= 0 && p < 3; ++p) {
    for (int i = 0; i < FLAG_COUNT; ++i) {
      char value[64];
      if (strcmp(kFlags[i].flag, kParts[p].flag) != 0 || kFlags[i].values[d][0] == NULL) continue;
      const char* got = effective(delegate, options, kParts[p].flag, value, sizeof value);
      if (got == NULL || strcmp(got, kFlags[i].values[d][0]) == 0 || used >= size) continue;
      used += (size_t)snprintf(buffer + used, size - used, "%s%s%s", used > 0 ? ", " : "",
                               kParts[p].text, got);
    }
  }
  return buffer;
}
