// SPDX-License-Identifier: MIT
//
// Typed reading of hostile JSON. Every failure names the path: "results[3].latency_ms.median: wants
// a number, found a string". The first failure wins; later reads return "absent", so that a reader
// checks once, at the end.
#ifndef LITMARK_REPORTS_JSON_READ_H_
#define LITMARK_REPORTS_JSON_READ_H_

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "litmark/status.h"
#include "report_pool.h"

typedef struct lm_json_reader {
  lm_pool* pool;  ///< where strings go
  lm_error* err;
} lm_json_reader;

/// A value and how it was reached. BORROWS its parent, which must outlive it.
typedef struct lm_json_at {
  const cJSON* node;  ///< NULL: absent or null
  const struct lm_json_at* parent;
  const char* key;  ///< NULL: item `index` of an array
  int index;
} lm_json_at;

/// Parses the bytes of a file. Refuses what is not exactly one JSON value, and duplicate keys.
/// @param out  OWNED, cJSON_Delete(); NULL on failure.
lm_status lm__read_parse(const char* text, size_t length, cJSON** out, lm_error* err);

/// Records "PATH: wants WANTED, found ..." and returns LM_BAD_INPUT.
lm_status lm__read_fail(lm_json_reader* r, const lm_json_at* at, const char* wanted);

/// A member; its node is NULL when it is absent, null, or when `object` itself is absent.
lm_json_at lm__read_member(lm_json_reader* r, const lm_json_at* object, const char* key);

/// An object; fails when it is something else.
lm_json_at lm__read_object(lm_json_reader* r, const lm_json_at* object, const char* key);

/// The first item of an array and how many there are. Absent: 0 items.
int lm__read_array(lm_json_reader* r, const lm_json_at* object, const char* key, lm_json_at* array,
                   lm_json_at* first);
/// Steps from one item to the next; false behind the last.
bool lm__read_next(lm_json_at* item);

/// A finite number within [min, max]; NAN when absent.
double lm__read_number(lm_json_reader* r, const lm_json_at* object, const char* key, double min,
                       double max);
/// An amount of something: from 0 to 2^53. NAN when absent.
double lm__read_amount(lm_json_reader* r, const lm_json_at* object, const char* key);
/// Cleaned text; NULL when absent.
const char* lm__read_string(lm_json_reader* r, const lm_json_at* object, const char* key);
/// Cleaned text; fails when absent or empty.
const char* lm__read_need_string(lm_json_reader* r, const lm_json_at* object, const char* key);
/// [low, high]; both NAN when absent.
void lm__read_interval(lm_json_reader* r, const lm_json_at* object, const char* key, double out[2]);
/// The items of an array of strings or numbers as one text with `separator`; NULL when absent.
/// Numbers get so many `decimals`, or with -1 what they need.
const char* lm__read_joined(lm_json_reader* r, const lm_json_at* object, const char* key,
                            const char* separator, int decimals);

#endif  // LITMARK_REPORTS_JSON_READ_H_
