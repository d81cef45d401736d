// SPDX-License-Identifier: MIT
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "litmark/profiler.h"

enum { BAR = 20, LINE = 512 };
static const uint64_t kRedrawNs = 100000000u;

void lm_progress_begin(lm_progress* progress, int64_t total, bool quiet) {
  const char* terminal = getenv("TERM");
  const bool dumb = terminal == NULL || strcmp(terminal, "dumb") == 0;
  *progress = (lm_progress){
      .active = !quiet && !dumb && isatty(STDERR_FILENO) == 1,
      .total = total,
      .begin_ns = lm_now_ns(),
  };
}

// "3 s", "2 min 05 s", "1 h 07 min".
static void format_duration(char* buffer, size_t size, double seconds) {
  const int64_t s = seconds < 1e9 ? (int64_t)(seconds + 0.5) : 1000000000;
  if (s < 60) {
    snprintf(buffer, size, "%" PRId64 " s", s);
  } else if (s < 3600) {
    snprintf(buffer, size, "%" PRId64 " min %02" PRId64 " s", s / 60, s % 60);
  } else {
    snprintf(buffer, size, "%" PRId64 " h %02" PRId64 " min", s / 3600, s % 3600 / 60);
  }
}

// Cuts at `columns` characters without splitting a UTF-8 sequence (every character counts as one
// column; wide ones make the line longer, which only costs looks).
static void cut(char* text, int columns) {
  int used = 0;
  for (char* c = text; *c != '\0'; ++c) {
    if (((unsigned char)*c & 0xc0) == 0x80) continue;
    if (used++ == columns) {
      *c = '\0';
      return;
    }
  }
}

const char* lm_progress_format(char* buffer, size_t buffer_size, int columns, const char* text,
                               int64_t done, int64_t total, uint64_t elapsed_ns) {
  if (total <= 0) {
    snprintf(buffer, buffer_size, "%s", text);
  } else {
    if (done > total) done = total;
    if (done < 0) done = 0;
    char bar[BAR + 1];
    const int full = (int)((double)done / (double)total * BAR);
    for (int i = 0; i < BAR; ++i) bar[i] = i < full ? '#' : '.';
    bar[BAR] = '\0';
    char left[48] = "";
    if (done > 0 && done < total) {
      char duration[32];
      const double rest = (double)(total - done) / (double)done * (double)elapsed_ns * 1e-9;
      format_duration(duration, sizeof duration, rest);
      snprintf(left, sizeof left, ", %s left", duration);
    }
    snprintf(buffer, buffer_size, "[%s] %" PRId64 "/%" PRId64 "%s  %s", bar, done, total, left,
             text);
  }
  // File names end up here: nothing may move the cursor.
  for (char* c = buffer; *c != '\0'; ++c) {
    if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = ' ';
  }
  cut(buffer, columns);
  return buffer;
}

static int terminal_columns(void) {
  struct winsize size;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 79;
  return size.ws_col - 1;
}

void lm_progress_update(lm_progress* progress, int64_t done, const char* text) {
  if (!progress->active) return;
  const uint64_t now = lm_now_ns();
  if (progress->drawn_ns != 0 && now - progress->drawn_ns < kRedrawNs) return;
  progress->drawn_ns = now;
  char line[LINE];
  lm_progress_format(line, sizeof line, terminal_columns(), text, done, progress->total,
                     now - progress->begin_ns);
  fprintf(stderr, "\r%s\x1b[K", line);
  fflush(stderr);
}

void lm_progress_clear(lm_progress* progress) {
  if (!progress->active || progress->drawn_ns == 0) return;
  progress->drawn_ns = 0;
  fputs("\r\x1b[K", stderr);
  fflush(stderr);
}
