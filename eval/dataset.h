// SPDX-License-Identifier: MIT
//
// A labelled image folder: labels.csv, or one folder a class.
#ifndef LITMARK_EVAL_DATASET_H_
#define LITMARK_EVAL_DATASET_H_

#include <stddef.h>
#include <stdint.h>

#include "litmark/status.h"

typedef struct lm_sample {
  char* file;     ///< as listed, relative to the folder; OWNED
  int32_t label;  ///< from 0
  int32_t line;   ///< of labels.csv; 0: the label is a folder's number
} lm_sample;

typedef struct lm_dataset {
  char* directory;    ///< OWNED
  char* labels_file;  ///< OWNED; NULL: one folder a class
  lm_sample* samples;
  int32_t count;
  int32_t listed;       ///< samples before lm_dataset_limit()
  int32_t class_count;  ///< folders, or distinct labels
  int32_t label_max;
  int32_t ignored;   ///< files in class folders that are not named like images
  const char* note;  ///< static: what a user may want to know; NULL: nothing
} lm_dataset;

/// Which file a failure is about, since errors hold no file name.
#define LM_CULPRIT_SIZE 4096

/// Reads `labels_path`, or `directory`/labels.csv, or the class folders of `directory`.
///
/// labels.csv has a header; the columns `file` and `label_index` may stand anywhere. Class folders
/// are numbered in the byte order of their names; files in them count when their name ends in .jpg,
/// .jpeg, .png or .bmp, in the order of their names.
/// @param labels_path  May be NULL.
/// @param culprit      LM_CULPRIT_SIZE bytes: the file that a failure is about.
/// @retval LM_IO         a file or folder cannot be read.
/// @retval LM_BAD_INPUT  there are no labels, or a row makes no sense.
lm_status lm_dataset_open(const char* directory, const char* labels_path, lm_dataset* out,
                          char* culprit, lm_error* err);
void lm_dataset_close(lm_dataset* dataset);

/// Keeps `limit` samples, spread evenly over the list (lists are often sorted by class).
void lm_dataset_limit(lm_dataset* dataset, int32_t limit);

/// Path of sample `index` in `buffer` (LM_CULPRIT_SIZE bytes); returns `buffer`.
const char* lm_dataset_path(const lm_dataset* dataset, int32_t index, char* buffer);

/// Checks that every file is there, before hours are spent on the first of them.
/// @retval LM_IO  `culprit` is missing or no regular file.
lm_status lm_dataset_check_files(const lm_dataset* dataset, char* culprit, lm_error* err);

#endif  // LITMARK_EVAL_DATASET_H_
