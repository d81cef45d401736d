// SPDX-License-Identifier: MIT
//
// Memory and text of one report. Everything lives until the report is written and is freed at once.
#ifndef LITMARK_REPORTS_REPORT_POOL_H_
#define LITMARK_REPORTS_REPORT_POOL_H_

#include <stdbool.h>
#include <stddef.h>

#include "litmark/status.h"

typedef struct lm_pool_chunk lm_pool_chunk;

/// Zero-initialize. After a failed allocation `failed` stays set: check it once, at the end.
typedef struct lm_pool {
  lm_pool_chunk* chunks;
  bool failed;
} lm_pool;

void lm__pool_deinit(lm_pool* pool);

/// `count` zeroed items; NULL when out of memory. Valid until lm__pool_deinit(). `count` 0 gives a
/// pointer that must not be read.
void* lm__pool_array(lm_pool* pool, size_t count, size_t item_bytes);

/// printf into the pool; "" when out of memory.
const char* lm__pool_print(lm_pool* pool, const char* format, ...) LM_PRINTF(2, 3);

/// A copy that is safe in every format: valid UTF-8, without control characters, line breaks and
/// the marks that turn the direction of writing. What is dropped becomes U+FFFD (a line break a
/// space).
const char* lm__pool_clean(lm_pool* pool, const char* text);

/// The first and last characters of `text` around an ellipsis, at most `width` characters.
const char* lm__pool_shorten(lm_pool* pool, const char* text, size_t width);

/// Code points in valid UTF-8, which is what a terminal column holds for most scripts.
size_t lm__text_width(const char* text);

#endif  // LITMARK_REPORTS_REPORT_POOL_H_
