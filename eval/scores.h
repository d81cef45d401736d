// SPDX-License-Identifier: MIT
#ifndef LITMARK_EVAL_SCORES_H_
#define LITMARK_EVAL_SCORES_H_

#include "litmark/graph.h"

/// How an output vector ranks its classes. Of equal scores the lower index comes first; scores that
/// are not a number come last.
typedef struct lm_ranking {
  int32_t top1;     ///< class with the highest score; -1: no score is a number
  int32_t rank;     ///< place of the right class, from 0; class_count when its score is no number
  int32_t tied;     ///< classes that share the highest score (1: no tie)
  bool label_tied;  ///< the right class is one of several with the highest score
  bool not_a_number;
  double score;  ///< of top1, dequantized
} lm_ranking;

/// Number of classes of an output: all dimensions but one are 1.
/// @retval LM_BAD_INPUT  the output is no vector of at least two scores.
lm_status lm_scores_class_count(const lm_tensor* output, int32_t* out_classes, lm_error* err);

/// Ranks `classes` scores against the right class `label` (below `classes`). Quantized scores are
/// compared as the integers they are.
void lm_scores_rank(const lm_tensor* output, int32_t classes, int32_t label, lm_ranking* out);

#endif  // LITMARK_EVAL_SCORES_H_
