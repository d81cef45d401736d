// SPDX-License-Identifier: MIT
#include "gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_SVG_BYTES = 16 * 1024 * 1024 };

extern char** environ;

static lm_status spawn(const char* script, int out_fd, int err_fd, pid_t* pid, lm_error* err) {
  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions) != 0) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "out of memory");
  }
  // -d: whatever the user's own start-up file says, the report looks the same.
  char program[] = "gnuplot", defaults[] = "-d";
  char* const argv[] = {program, defaults, (char*)script, NULL};
  int code = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (code == 0) code = posix_spawn_file_actions_adddup2(&actions, out_fd, 1);
  if (code == 0) code = posix_spawn_file_actions_adddup2(&actions, err_fd, 2);
  if (code == 0) code = posix_spawnp(pid, program, &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (code == 0) return LM_OK;
  if (code == ENOENT) return LM_FAIL(err, LM_UNAVAILABLE, "gnuplot is not installed");
  return LM_FAIL(err, LM_UNAVAILABLE, "gnuplot cannot be started: %s", strerror(code));
}

static const char* read_all(FILE* file, lm_pool* pool) {
  if (fseek(file, 0, SEEK_END) != 0) return NULL;
  const long size = ftell(file);
  if (size < 0 || size > MAX_SVG_BYTES) return NULL;
  rewind(file);
  char* text = lm__pool_array(pool, (size_t)size + 1, 1);
  if (text == NULL || fread(text, 1, (size_t)size, file) != (size_t)size) return NULL;
  return text;
}

// The first line of what gnuplot said that names a problem.
static lm_status failure(FILE* messages, lm_pool* pool, int status, lm_error* err) {
  const char* text = read_all(messages, pool);
  while (text != NULL && *text != '\0') {
    const size_t length = strcspn(text, "\n");
    if (strstr(text, "line ") != NULL && strchr(text, ':') != NULL && strncmp(text, "\"", 1) == 0) {
      return LM_FAIL(err, LM_INTERNAL, "gnuplot failed: %.*s", (int)length, text);
    }
    text += length + (text[length] == '\n');
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
    return LM_FAIL(err, LM_UNAVAILABLE, "gnuplot is not installed");
  }
  return LM_FAIL(err, LM_INTERNAL, "gnuplot failed with status %d", status);
}

static lm_status run(const char* script, FILE* drawing, FILE* messages, lm_pool* pool,
                     const char** out_svg, lm_error* err) {
  pid_t pid = 0;
  const lm_status started = spawn(script, fileno(drawing), fileno(messages), &pid, err);
  if (started != LM_OK) return started;
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return LM_FAIL(err, LM_INTERNAL, "gnuplot: %s", strerror(errno));
  }
  if (status != 0) return failure(messages, pool, status, err);
  const char* svg = read_all(drawing, pool);
  if (svg == NULL || !lm__svg_is_plain(svg)) {
    return LM_FAIL(err, LM_INTERNAL, "gnuplot drew something that is not a plain SVG");
  }
  *out_svg = svg;
  return LM_OK;
}

lm_status lm__gnuplot_run(const char* script_path, lm_pool* pool, const char** out_svg,
                          lm_error* err) {
  *out_svg = NULL;
  FILE* drawing = tmpfile();
  FILE* messages = tmpfile();
  const lm_status status = drawing != NULL && messages != NULL
                               ? run(script_path, drawing, messages, pool, out_svg, err)
                               : LM_FAIL(err, LM_IO, "no temporary file: %s", strerror(errno));
  if (drawing != NULL) fclose(drawing);
  if (messages != NULL) fclose(messages);
  return status;
}
