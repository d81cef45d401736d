// SPDX-License-Identifier: MIT
#include "cpu_options.h"

#include <string.h>

#include "kernels.h"

// An option's value, and what is known for it: names separated by ", ".
typedef struct value {
  const char* name;
  const char* text;  // not terminated
  size_t length;
  const char* known;
} value;

// The number of the value among those known.
static lm_status choose(const value* v, int* out_choice, lm_error* err) {
  const char* known = v->known;
  for (int i = 0; *known != '\0'; ++i) {
    const size_t length = strcspn(known, ",");
    if (length == v->length && strncmp(known, v->text, length) == 0) {
      *out_choice = i;
      return LM_OK;
    }
    known += length;
    known += strspn(known, ", ");
  }
  return LM_FAIL(err, LM_INVALID_ARGUMENT, "delegate cpu: %s=%.*s is unknown; known: %s", v->name,
                 (int)(v->length < 40 ? v->length : 40), v->text, v->known);
}

static lm_status check_precision(const lm__cpu_options* o, lm_error* err) {
  if (o->products == 0) return LM_OK;
  if (o->exact) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT,
                   "delegate cpu: float=exact and precision=fp32-split%d: give one", o->products);
  }
  if ((LM_CPU_SPLIT_NEEDS & ~(o->isa & lm__cpu_built())) == 0) return LM_OK;
  return LM_FAIL(err, LM_UNAVAILABLE,
                 "delegate cpu: precision=fp32-split%d needs amx_bf16, which %s lacks", o->products,
                 (LM_CPU_SPLIT_NEEDS & ~lm__cpu_built()) != 0      ? "this build"
                 : (LM_CPU_SPLIT_NEEDS & ~lm__cpu_features()) != 0 ? "this machine"
                                                                   : "the isa given");
}

// True when `text` begins with the option's name and '=': *out is its value then.
static bool is_option(const char* text, size_t length, const char* name, const char* known,
                      value* out) {
  const size_t n = strlen(name);
  if (length <= n || strncmp(text, name, n) != 0 || text[n] != '=') return false;
  *out = (value){name, text + n + 1, length - n - 1, known};
  return true;
}

static lm_status parse_one(const char* text, size_t length, lm__cpu_options* o, lm_error* err) {
  value v = {0};
  int choice = 0;
  lm_status status = LM_OK;
  if (is_option(text, length, "isa", "", &v)) {
    status = lm__cpu_isa_mask(v.text, v.length, &o->isa, err);
  } else if (is_option(text, length, "float", "fast, exact", &v)) {
    status = choose(&v, &choice, err);
    o->exact = choice == 1;
  } else if (is_option(text, length, "precision", "fp32, fp32-split6, fp32-split3", &v)) {
    status = choose(&v, &choice, err);
    o->products = choice == 1 ? 6 : choice == 2 ? 3 : 0;
  } else if (is_option(text, length, "winograd", "on, off", &v)) {
    status = choose(&v, &choice, err);
    o->winograd = choice == 0;
  } else if (is_option(text, length, "strips", "off, on, always", &v)) {
    status = choose(&v, &choice, err);
    o->strips = (lm__cpu_strips)choice;
  } else if (is_option(text, length, "amx", "auto, on, off", &v)) {
    status = choose(&v, &choice, err);
    o->amx = (lm__cpu_amx)choice;
  } else if (is_option(text, length, "cache", "", &v) && v.length > 0) {
    o->cache = v.text;
    o->cache_length = v.length;
  } else {
    status = LM_FAIL(err, LM_INVALID_ARGUMENT,
                     "delegate cpu: option '%.*s' is unknown; known: isa, float, winograd, strips, "
                     "precision, amx, cache=DIR",
                     (int)(length < 40 ? length : 40), text);
  }
  return status;
}

lm_status lm__cpu_options_parse(const char* text, lm__cpu_options* out, lm_error* err) {
  *out = (lm__cpu_options){.isa = UINT32_MAX, .winograd = true, .strips = LM_CPU_STRIPS_ON};
  while (text != NULL && *text != '\0') {
    const size_t length = strcspn(text, ",");
    const lm_status status = parse_one(text, length, out, err);
    if (status != LM_OK) return status;
    text += length;
    if (*text == ',') ++text;
  }
  out->isa &= lm__cpu_features();
  return check_precision(out, err);
}
