// SPDX-License-Identifier: MIT
#include "json_build.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Takes `item` over, also on failure.
static void adopt(lm_json* json, cJSON* parent, const char* name, cJSON* item) {
  bool added = false;
  if (item != NULL && parent != NULL) {
    added = name != NULL ? cJSON_AddItemToObject(parent, name, item)
                         : cJSON_AddItemToArray(parent, item);
  }
  if (added) return;
  json->failed = true;
  cJSON_Delete(item);
}

cJSON* lm_json_object(lm_json* json, cJSON* parent, const char* name) {
  cJSON* item = cJSON_CreateObject();
  adopt(json, parent, name, item);
  return json->failed ? NULL : item;
}

cJSON* lm_json_array(lm_json* json, cJSON* parent, const char* name) {
  cJSON* item = cJSON_CreateArray();
  adopt(json, parent, name, item);
  return json->failed ? NULL : item;
}

void lm_json_number(lm_json* json, cJSON* parent, const char* name, double value) {
  adopt(json, parent, name, isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull());
}

void lm_json_integer(lm_json* json, cJSON* parent, const char* name, int64_t value) {
  // cJSON prints numbers of more than 15 digits rounded.
  const int64_t exact = INT64_C(1000000000000000);
  char text[32];
  snprintf(text, sizeof text, "%" PRId64, value);
  const bool plain = value > -exact && value < exact;
  adopt(json, parent, name, plain ? cJSON_CreateNumber((double)value) : cJSON_CreateRaw(text));
}

// Length of the well-formed UTF-8 sequence at `s` (Unicode 15, table 3-7); 0: there is none.
static int utf8_length(const unsigned char* s) {
  if (s[0] < 0x80) return 1;
  const int length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
  if (s[0] < 0xc2 || s[0] > 0xf4) return 0;
  for (int i = 1; i < length; ++i) {
    if ((s[i] & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
  const bool surrogate = s[0] == 0xed && s[1] > 0x9f;
  const bool too_large = s[0] == 0xf4 && s[1] > 0x8f;
  return overlong || surrogate || too_large ? 0 : length;
}

void lm_json_string(lm_json* json, cJSON* parent, const char* name, const char* value) {
  if (value == NULL) {
    lm_json_null(json, parent, name);
    return;
  }
  char* clean = malloc(3 * strlen(value) + 1);
  if (clean == NULL) {
    json->failed = true;
    return;
  }
  char* out = clean;
  for (const unsigned char* in = (const unsigned char*)value; *in != '\0';) {
    const int length = utf8_length(in);
    memcpy(out, length > 0 ? (const char*)in : "\xef\xbf\xbd", length > 0 ? (size_t)length : 3);
    out += length > 0 ? length : 3;
    in += length > 0 ? length : 1;
  }
  *out = '\0';
  adopt(json, parent, name, cJSON_CreateString(clean));
  free(clean);
}

void lm_json_bool(lm_json* json, cJSON* parent, const char* name, bool value) {
  adopt(json, parent, name, cJSON_CreateBool(value));
}

void lm_json_null(lm_json* json, cJSON* parent, const char* name) {
  adopt(json, parent, name, cJSON_CreateNull());
}
