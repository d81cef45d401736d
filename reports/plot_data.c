// SPDX-License-Identifier: MIT
#include "plot_data.h"

#include <stdlib.h>
#include <string.h>

static const struct {
  const char* name;
  unsigned colour;
} kPrecisions[] = {
    {"float32", 0x3b82f6}, {"float16", 0x8b5cf6}, {"dynamic", 0xf59e0b}, {"int8", 0x10b981},
    {"uint8", 0xec4899},   {"int16", 0x06b6d4},   {"mixed", 0x64748b},   {"other", 0xa8a29e},
};
enum { PRECISION_COUNT = sizeof kPrecisions / sizeof kPrecisions[0] };

unsigned lm__plot_colour(lm_plot_key* key, const char* precision) {
  int i = 0;
  while (i < PRECISION_COUNT - 1 &&
         (precision == NULL || strcmp(kPrecisions[i].name, precision) != 0)) {
    ++i;
  }
  key->used |= 1u << i;
  return kPrecisions[i].colour;
}

void lm__plot_write_key(FILE* out, lm_plot_key key) {
  fputs("names = \"", out);
  for (int i = 0; i < PRECISION_COUNT; ++i) {
    if (key.used >> i & 1) fprintf(out, "%s ", kPrecisions[i].name);
  }
  fputs("\"\ncolours = \"", out);
  for (int i = 0; i < PRECISION_COUNT; ++i) {
    if (key.used >> i & 1) fprintf(out, "#%06x ", kPrecisions[i].colour);
  }
  fputs("\"\n", out);
}

static const char* lookalike(char c) {
  switch (c) {
    case '"':
      return "”";
    case '\'':
      return "’";
    case '`':
      return "‘";
    case '\\':
      return "∖";
    case '<':
      return "‹";
    case '>':
      return "›";
    case '&':
      return "＆";
    case '%':
      return "％";  // explicit tic labels are formats
    case '$':
      return "＄";
    case '@':
      return "＠";
    case '#':
      return "＃";
    default:
      return NULL;
  }
}

const char* lm__plot_label(lm_pool* pool, const char* text, size_t width) {
  text = lm__pool_shorten(pool, text, width);
  char* out = lm__pool_array(pool, strlen(text) * 3 + 1, 1);
  if (out == NULL) return "";
  char* to = out;
  for (; *text != '\0'; ++text) {
    const char* other = lookalike(*text);
    const size_t length = other != NULL ? strlen(other) : 1;
    memcpy(to, other != NULL ? other : text, length);
    to += length;
  }
  return out;
}

double lm__plot_text_width(const char* label) { return 8.0 * (double)lm__text_width(label); }

bool lm__writer_open(lm_writer* writer, lm_pool* pool) {
  *writer = (lm_writer){0};
  writer->stream = open_memstream(&writer->buffer, &writer->size);
  if (writer->stream == NULL) pool->failed = true;
  return writer->stream != NULL;
}

const char* lm__writer_take(lm_writer* writer, lm_pool* pool) {
  const bool ok = fclose(writer->stream) == 0 && writer->buffer != NULL;
  const char* text = ok ? lm__pool_print(pool, "%s", writer->buffer) : "";
  if (!ok) pool->failed = true;
  free(writer->buffer);
  *writer = (lm_writer){0};
  return text;
}
