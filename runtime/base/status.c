// SPDX-License-Identifier: MIT
#include "litmark/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Names out of files may hold anything; a message stays one printable line.
static void sanitize(char* text) {
  for (; *text != '\0'; ++text) {
    const unsigned char c = (unsigned char)*text;
    if (c < 0x20 || c == 0x7f) *text = ' ';
  }
}

lm_status lm_error_set(lm_error* err, lm_status status, const char* file, int line,
                       const char* format, ...) {
  if (err == NULL || err->status != LM_OK) return status;
  err->status = status;
  err->file = file;
  err->line = line;
  va_list args;
  va_start(args, format);
  if (vsnprintf(err->message, sizeof err->message, format, args) < 0) err->message[0] = '\0';
  va_end(args);
  sanitize(err->message);
  return status;
}

void lm_error_clear(lm_error* err) { memset(err, 0, sizeof *err); }

const char* lm_status_text(lm_status status) {
  switch (status) {
#define LM_STATUS_CASE(name, value, text) \
  case LM_##name:                         \
    return text;
    LM_STATUS_LIST(LM_STATUS_CASE)
#undef LM_STATUS_CASE
  }
  return "unknown status";
}
