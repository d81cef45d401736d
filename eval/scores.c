// SPDX-License-Identifier: MIT
#include "scores.h"

#include <math.h>

lm_status lm_scores_class_count(const lm_tensor* output, int32_t* out_classes, lm_error* err) {
  char text[LM_SHAPE_TEXT_SIZE];
  int32_t classes = 1, wide = 0;
  *out_classes = 0;
  for (int32_t i = 0; i < output->shape.rank; ++i) {
    if (output->shape.dims[i] == 1) continue;
    classes = output->shape.dims[i];
    ++wide;
  }
  if (wide != 1 || classes < 2) {
    return LM_FAIL(err, LM_BAD_INPUT,
                   "output of shape %s is no vector of class scores (one dimension above 1)",
                   lm_shape_format(&output->shape, text, sizeof text));
  }
  switch (output->type) {
    case LM_FLOAT32:
    case LM_UINT8:
    case LM_INT8:
    case LM_INT16:
    case LM_INT32:
      *out_classes = classes;
      return LM_OK;
    default:
      return LM_FAIL(err, LM_BAD_INPUT,
                     "output of type %s; scores are float32, uint8, int8, int16 or int32",
                     lm_type_name(output->type));
  }
}

// Exact for every type that lm_scores_class_count() lets through.
static double score_at(const lm_tensor* output, int32_t i) {
  switch (output->type) {
    case LM_FLOAT32:
      return (double)((const float*)output->data)[i];
    case LM_UINT8:
      return ((const uint8_t*)output->data)[i];
    case LM_INT8:
      return ((const int8_t*)output->data)[i];
    case LM_INT16:
      return ((const int16_t*)output->data)[i];
    case LM_INT32:
      return ((const int32_t*)output->data)[i];
    default:
      return NAN;
  }
}

void lm_scores_rank(const lm_tensor* output, int32_t classes, int32_t label, lm_ranking* out) {
  *out = (lm_ranking){.top1 = -1, .score = NAN};
  const double own = score_at(output, label);
  double best = -INFINITY;
  for (int32_t i = 0; i < classes; ++i) {
    const double score = score_at(output, i);
    if (isnan(score)) {
      out->not_a_number = true;
      continue;
    }
    if (out->top1 < 0 || score > best) {
      best = score;
      out->top1 = i;
      out->tied = 1;
    } else if (score == best) {
      ++out->tied;
    }
    if (score > own || (score == own && i < label)) ++out->rank;
  }
  if (isnan(own)) out->rank = classes;
  out->label_tied = out->tied > 1 && own == best;
  if (out->top1 < 0) return;
  out->score = best;
  if (output->quantization.count == 1) {
    out->score = (double)output->quantization.scales[0] *
                 (best - (double)output->quantization.zero_points[0]);
  }
}
