// SPDX-License-Identifier: MIT
#ifndef LITMARK_EVAL_MODEL_METADATA_H_
#define LITMARK_EVAL_MODEL_METADATA_H_

#include <stdbool.h>
#include <stdint.h>

#include "litmark/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/// value = (pixel - mean) / std, in pixel units.
typedef struct lm_model_normalization {
  bool present;   ///< false: the model says nothing
  int32_t count;  ///< 1: the same for all channels; else 3
  float mean[3], std[3];
} lm_model_normalization;

/// Reads NormalizationOptions of input `input_index` of subgraph 0 out of TFLITE_METADATA.
/// A model without metadata is fine; metadata that is broken is not.
/// @retval LM_BAD_MODEL  the metadata does not verify, or the numbers make no sense.
lm_status lm_model_metadata_read(const lm_model* model, int32_t input_index,
                                 lm_model_normalization* out, lm_error* err);

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_EVAL_MODEL_METADATA_H_
