// SPDX-License-Identifier: MIT
//
// Building JSON with cJSON without a check after every call: a failure is remembered and reported
// once, when the document is written.
#ifndef LITMARK_HARNESS_JSON_BUILD_H_
#define LITMARK_HARNESS_JSON_BUILD_H_

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

typedef struct lm_json {
  bool failed;  ///< out of memory at some point; everything since was ignored
} lm_json;

// In all of these `parent` is an object, or an array when `name` is NULL; a NULL parent (the result
// of an earlier failure) is ignored. What is added belongs to the parent.

cJSON* lm_json_object(lm_json* json, cJSON* parent, const char* name);
cJSON* lm_json_array(lm_json* json, cJSON* parent, const char* name);
/// NAN and infinities become null: absent is not zero.
void lm_json_number(lm_json* json, cJSON* parent, const char* name, double value);
/// Written exactly; readers keep it up to 2^53.
void lm_json_integer(lm_json* json, cJSON* parent, const char* name, int64_t value);
/// NULL becomes null. Bytes that are not UTF-8 become U+FFFD, because file names may hold any.
void lm_json_string(lm_json* json, cJSON* parent, const char* name, const char* value);
void lm_json_bool(lm_json* json, cJSON* parent, const char* name, bool value);
void lm_json_null(lm_json* json, cJSON* parent, const char* name);

#endif  // LITMARK_HARNESS_JSON_BUILD_H_
