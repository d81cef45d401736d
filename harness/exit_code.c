// SPDX-License-Identifier: MIT
#include "exit_code.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int lm_exit_code(lm_status status) {
  switch (status) {
    case LM_OK:
      return LM_EXIT_OK;
    case LM_INVALID_ARGUMENT:
      return LM_EXIT_USAGE;
    case LM_UNSUPPORTED:
    case LM_UNAVAILABLE:
      return LM_EXIT_UNSUPPORTED;
    case LM_OUT_OF_MEMORY:
    case LM_TIMEOUT:
      return LM_EXIT_RESOURCES;
    case LM_BAD_MODEL:
    case LM_IO:
    case LM_BAD_INPUT:
    case LM_INTERNAL:
      break;
  }
  return LM_EXIT_BAD_INPUT;
}

// One line, whatever a file name or a message holds.
static void print_line(const char* file, const char* message) {
  char line[4096];
  if (file != NULL) {
    snprintf(line, sizeof line, "litmark: %s: %s", file, message);
  } else {
    snprintf(line, sizeof line, "litmark: %s", message);
  }
  for (char* c = line; *c != '\0'; ++c) {
    if ((unsigned char)*c < 0x20) *c = ' ';
  }
  fprintf(stderr, "%s\n", line);
}

// Messages about memory name what it was for ("statistics"); those of the system say what happened.
static bool lacks_cause(lm_status status, const char* text) {
  return status == LM_OUT_OF_MEMORY && strstr(text, "memory") == NULL &&
         strstr(text, "cannot be") == NULL && strstr(text, "does not start") == NULL;
}

int lm_report_error(const char* file, const lm_error* err) {
  char message[sizeof err->message + 32];
  const char* text = err->message[0] != '\0' ? err->message : lm_status_text(err->status);
  snprintf(message, sizeof message, "%s%s", lacks_cause(err->status, text) ? "out of memory: " : "",
           text);
  print_line(file, message);
  return lm_exit_code(err->status);
}

int lm_report_failure(int exit_code, const char* file, const char* format, ...) {
  char message[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  print_line(file, message);
  return exit_code;
}
