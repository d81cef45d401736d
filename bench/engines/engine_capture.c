// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine_internal.h"

void lm_engine_capture_begin(lm_engine_capture* capture) {
  *capture = (lm_engine_capture){.saved = -1};
  FILE* file = tmpfile();
  if (file == NULL) return;  // messages stay where they are
  fflush(stderr);
  capture->saved = dup(STDERR_FILENO);
  if (capture->saved < 0 || dup2(fileno(file), STDERR_FILENO) < 0) {
    if (capture->saved >= 0) close(capture->saved);
    capture->saved = -1;
    fclose(file);
    return;
  }
  capture->file = file;
}

static bool speaks_of_error(const char* line) {
  return strncmp(line, "ERROR", 5) == 0 || strstr(line, "error") != NULL ||
         strstr(line, "ERROR") != NULL || strstr(line, "failed") != NULL;
}

static void pick_line(FILE* file, char* message, size_t message_size) {
  char line[512];
  bool found_error = false;
  rewind(file);
  while (fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    const bool error = speaks_of_error(line);
    if (line[0] == '\0' || (found_error && !error)) continue;
    found_error |= error;
    snprintf(message, message_size, "%s", line);
  }
}

void lm_engine_capture_end(lm_engine_capture* capture, char* message, size_t message_size) {
  message[0] = '\0';
  if (capture->saved < 0) return;
  fflush(stderr);
  dup2(capture->saved, STDERR_FILENO);
  close(capture->saved);
  capture->saved = -1;
  pick_line(capture->file, message, message_size);
  fclose(capture->file);
}
