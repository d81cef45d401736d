// SPDX-License-Identifier: MIT
//
// One line on a terminal that says how far the work is; nothing where stderr is a pipe or a file.
#ifndef LITMARK_HARNESS_PROGRESS_H_
#define LITMARK_HARNESS_PROGRESS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lm_progress {
  bool active;  ///< stderr is a terminal and nobody asked for quiet
  int64_t total;
  uint64_t begin_ns;
  uint64_t drawn_ns;
} lm_progress;

/// Starts a line. `total` 0: the amount of work is not known, only the text is shown.
void lm_progress_begin(lm_progress* progress, int64_t total, bool quiet);

/// Redraws the line, at most ten times a second. `text` says what is being done. Cheap enough to be
/// called for every image, but not inside a timed region.
void lm_progress_update(lm_progress* progress, int64_t done, const char* text);

/// Removes the line, so that other output may follow; the next update draws it again.
void lm_progress_clear(lm_progress* progress);

/// Writes the line for `columns` columns into `buffer`: "text [####....] 40/100, 3 s left".
/// A pure function, for lm_progress_update() and its test.
const char* lm_progress_format(char* buffer, size_t buffer_size, int columns, const char* text,
                               int64_t done, int64_t total, uint64_t elapsed_ns);

#endif  // LITMARK_HARNESS_PROGRESS_H_
