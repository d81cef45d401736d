// SPDX-License-Identifier: MIT
#include "report_pool.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 64 * 1024, ALIGNMENT = 16 };

struct lm_pool_chunk {
  lm_pool_chunk* next;
  size_t used, size;
  _Alignas(ALIGNMENT) char data[];
};

void lm__pool_deinit(lm_pool* pool) {
  while (pool->chunks != NULL) {
    lm_pool_chunk* next = pool->chunks->next;
    free(pool->chunks);
    pool->chunks = next;
  }
}

void* lm__pool_array(lm_pool* pool, size_t count, size_t item_bytes) {
  if (item_bytes != 0 && count > (SIZE_MAX / 2) / item_bytes) {
    pool->failed = true;
    return NULL;
  }
  const size_t bytes = (count * item_bytes + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
  lm_pool_chunk* chunk = pool->chunks;
  if (chunk == NULL || chunk->size - chunk->used < bytes) {
    const size_t size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
    chunk = calloc(1, sizeof *chunk + size);
    if (chunk == NULL) {
      pool->failed = true;
      return NULL;
    }
    chunk->size = size;
    chunk->next = pool->chunks;
    pool->chunks = chunk;
  }
  void* result = chunk->data + chunk->used;
  chunk->used += bytes;
  return result;
}

const char* lm__pool_print(lm_pool* pool, const char* format, ...) {
  va_list args;
  va_start(args, format);
  const int length = vsnprintf(NULL, 0, format, args);
  va_end(args);
  char* text = length < 0 ? NULL : lm__pool_array(pool, (size_t)length + 1, 1);
  if (text == NULL) {
    pool->failed = true;
    return "";
  }
  va_start(args, format);
  vsnprintf(text, (size_t)length + 1, format, args);
  va_end(args);
  return text;
}

// Decodes one code point of hostile bytes. Returns its length, 0 when the bytes are not UTF-8.
static size_t decode(const unsigned char* s, uint32_t* out) {
  static const uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const size_t length = s[0] < 0x80             ? 1
                        : (s[0] & 0xE0) == 0xC0 ? 2
                        : (s[0] & 0xF0) == 0xE0 ? 3
                        : (s[0] & 0xF8) == 0xF0 ? 4
                                                : 0;
  if (length == 0) return 0;
  uint32_t code = length == 1 ? s[0] : s[0] & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((s[i] & 0xC0) != 0x80) return 0;
    code = code << 6 | (s[i] & 0x3Fu);
  }
  if (code < kLeast[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return 0;
  *out = code;
  return length;
}

static bool is_unwanted(uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) ||
         (code >= 0x200E && code <= 0x200F) ||  // marks of direction
         (code >= 0x2028 && code <= 0x202E) ||  // separators, embeddings, overrides
         (code >= 0x2066 && code <= 0x2069) ||  // isolates
         code == 0xFEFF || code == 0xFFFE || code == 0xFFFF;
}

const char* lm__pool_clean(lm_pool* pool, const char* text) {
  const size_t length = strlen(text);
  char* copy = lm__pool_array(pool, length + 1, 3);  // a bad byte grows to the three of U+FFFD
  if (copy == NULL) return "";
  char* to = copy;
  for (size_t i = 0; i < length;) {
    uint32_t code = 0;
    const size_t step = decode((const unsigned char*)text + i, &code);
    if (step != 0 && !is_unwanted(code)) {
      memcpy(to, text + i, step);
      to += step;
    } else if (code == '\n' || code == '\t' || code == '\r') {
      *to++ = ' ';
    } else {
      memcpy(to, "\xEF\xBF\xBD", 3);
      to += 3;
    }
    i += step != 0 ? step : 1;
  }
  return copy;
}

size_t lm__text_width(const char* text) {
  size_t width = 0;
  for (; *text != '\0'; ++text) width += ((unsigned char)*text & 0xC0) != 0x80;
  return width;
}

// The byte at which code point `index` begins.
static size_t byte_of(const char* text, size_t index) {
  size_t i = 0;
  while (text[i] != '\0') {
    if (((unsigned char)text[i] & 0xC0) != 0x80 && index-- == 0) break;
    ++i;
  }
  return i;
}

const char* lm__pool_shorten(lm_pool* pool, const char* text, size_t width) {
  const size_t length = lm__text_width(text);
  if (length <= width) return text;
  const size_t tail = (width - 1) / 3, head = width - 1 - tail;
  return lm__pool_print(pool, "%.*s…%s", (int)byte_of(text, head), text,
                        text + byte_of(text, length - tail));
}
