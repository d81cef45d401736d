// SPDX-License-Identifier: MIT
//
// One evaluation: every image is decoded once, resized once for each input size, and shown to every
// subject.
#ifndef LITMARK_EVAL_EVAL_RUN_H_
#define LITMARK_EVAL_EVAL_RUN_H_

#include "args.h"
#include "dataset.h"
#include "stats.h"
#include "subject.h"

typedef struct lm_eval_options {
  lm_list models, delegates;
  const char* dataset;
  const char* labels;  ///< NULL: labels.csv of the dataset, or its folders
  int threads;         ///< as asked for; 0: all processors of this process
  const char* device;
  lm_delegate_flags flags;
  lm_preprocess_options preprocess;
  int height, width;  ///< 0: the model's
  int output_index;   ///< -1: find it
  int label_offset;   ///< -1: find it
  int limit;          ///< 0: all images
  int top;            ///< K of the third accuracy; 5: none
  bool skip_broken;
  bool quiet;
  const char* json_path;
  const char* per_image_path;
  const char* errors_path;
  double min_top1;       ///< per cent; below 0: no expectation
  double min_agreement;  ///< likewise, of images with the top-1 of another delegate
} lm_eval_options;

/// A picture that several subjects may share.
typedef struct lm_picture {
  lm_geometry geometry;
  uint8_t* pixels;    ///< OWNED
  int32_t resampled;  ///< images that had another size
} lm_picture;

/// An image that could not be used.
typedef struct lm_skipped {
  int32_t index;
  char message[480];
} lm_skipped;

typedef struct lm_eval_run {
  const lm_eval_options* options;
  lm_dataset dataset;
  bool* used;  ///< [dataset.count] the image was decoded and every subject ran it
  int32_t used_count;
  int32_t questionable;  ///< JPEGs with oddities that cost no pixels
  lm_skipped* skipped;
  int32_t skipped_count;
  char content_sha256[LM_HASH_TEXT_SIZE];  ///< over file names, labels and contents
  lm_subject* subjects;
  int32_t subject_count;
  lm_picture* pictures;  ///< at most one a subject
  int32_t picture_count;
} lm_eval_run;

/// Opens the dataset and all subjects and checks that they fit. On failure `culprit`
/// (LM_CULPRIT_SIZE bytes) names the file that it is about, "" for none.
lm_status lm_eval_open(const lm_eval_options* options, lm_eval_run* out, char* culprit,
                       lm_error* err);
/// Runs all images.
lm_status lm_eval_execute(lm_eval_run* run, char* culprit, lm_error* err);
void lm_eval_close(lm_eval_run* run);

/// How often the right class was among the first `k`.
typedef struct lm_accuracy {
  int64_t correct, total;
  lm_interval ci95;  ///< Wilson
} lm_accuracy;
lm_accuracy lm_eval_accuracy(const lm_eval_run* run, const lm_subject* subject, int32_t k);

/// Two subjects image by image.
typedef struct lm_agreement_count {
  int64_t total;
  int64_t same;  ///< the same top-1 class, right or wrong; offsets are removed
  int64_t right_to_wrong, wrong_to_right;
  double mcnemar_p;
} lm_agreement_count;
lm_agreement_count lm_eval_agreement(const lm_eval_run* run, const lm_subject* base,
                                     const lm_subject* other);

/// Counts that qualify an accuracy.
typedef struct lm_score_oddities {
  int64_t tied;        ///< images where several classes share the highest score
  int64_t label_tied;  ///< ... and the right one is among them
  int64_t not_a_number;
} lm_score_oddities;
lm_score_oddities lm_eval_oddities(const lm_eval_run* run, const lm_subject* subject);

#endif  // LITMARK_EVAL_EVAL_RUN_H_
