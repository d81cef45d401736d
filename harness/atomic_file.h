// SPDX-License-Identifier: MIT
//
// Files that appear whole or not at all.
#ifndef LITMARK_HARNESS_ATOMIC_FILE_H_
#define LITMARK_HARNESS_ATOMIC_FILE_H_

#include <stdbool.h>
#include <stdio.h>

#include "litmark/status.h"

typedef struct lm_atomic_file {
  FILE* stream;     ///< write here; errors may be left to lm_atomic_commit()
  char* path;       ///< OWNED; NULL for a pipe or a device
  char* temporary;  ///< OWNED; NULL for a pipe or a device
  bool nameless;    ///< nothing has the name `temporary` yet
} lm_atomic_file;

/// Opens a temporary file beside `path`, without a name where the file system has such files, so
/// that nothing is left when a signal ends the program; a `path` that is a pipe or a device is
/// opened itself.
/// @retval LM_IO  the folder is missing or not writable.
lm_status lm_atomic_open(const char* path, lm_atomic_file* out, lm_error* err);

/// Flushes and renames; on failure the temporary file is removed and nothing appears.
/// @retval LM_OUT_OF_MEMORY  no space left on the device.
lm_status lm_atomic_commit(lm_atomic_file* file, lm_error* err);

/// Removes the temporary file. Does nothing after commit.
void lm_atomic_abandon(lm_atomic_file* file);

/// Makes a folder and its parents, like `mkdir -p`.
lm_status lm_make_directories(const char* path, lm_error* err);

#endif  // LITMARK_HARNESS_ATOMIC_FILE_H_
