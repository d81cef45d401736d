// SPDX-License-Identifier: MIT
//
// One model on one delegate, and what it said about each image.
#ifndef LITMARK_EVAL_SUBJECT_H_
#define LITMARK_EVAL_SUBJECT_H_

#include "file_hash.h"
#include "preprocess.h"
#include "scores.h"
#include "session.h"

/// What opening a subject needs to know.
typedef struct lm_subject_options {
  const char* model_path;
  const char* delegate;
  int32_t threads;
  const char* device;
  lm_delegate_flags flags;
  const lm_preprocess_options* preprocess;
  int32_t height, width;  ///< 0: the model's own; else the input is resized
  int32_t output_index;   ///< -1: the only output that is a vector of scores
  int32_t label_offset;   ///< -1: 1 for 1001 outputs, else 0
} lm_subject_options;

typedef struct lm_subject {
  const char* model_path;  ///< BORROWED
  char name[384];          ///< of its result; unique in a run
  char sha256[LM_HASH_TEXT_SIZE];
  int32_t threads;
  lm_session session;
  lm_tensor* input;
  const lm_tensor* output;
  lm_preprocess preprocess;
  char note[240];   ///< why the way it gets its pixels may be wrong; "": no doubt
  int32_t picture;  ///< which of the run's pictures it reads
  int32_t classes;
  int32_t label_offset;
  lm_ranking* rankings;  ///< [images], the caller's numbering; OWNED
  double* latency_ms;    ///< [images that ran], in the order of running; OWNED
  int64_t ran;
} lm_subject;

/// Opens the model, gives its input a batch of 1, plans it, works out how pixels become values and
/// makes room for `image_count` answers.
/// @retval LM_BAD_INPUT  it is no image classifier; the message names the shape.
/// Others as lm_session_open().
lm_status lm_subject_open(const lm_subject_options* options, int32_t image_count, lm_subject* out,
                          lm_error* err);
void lm_subject_close(lm_subject* subject);

/// Runs image `index` with the right class `label` (of the dataset, before the offset).
lm_status lm_subject_run(lm_subject* subject, int32_t index, const uint8_t* pixels, int32_t label,
                         lm_error* err);

#endif  // LITMARK_EVAL_SUBJECT_H_
