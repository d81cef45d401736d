// SPDX-License-Identifier: MIT
//
// Dynamic-range models: float activations meet int8 weights. The activations of each batch are
// quantized on the fly, the sums are integers, and the result is float again.
#ifndef LITMARK_OPS_HYBRID_H_
#define LITMARK_OPS_HYBRID_H_

#include "ops/op_util.h"

/// Scratch of a kernel that quantizes its input: the quantized values, then a scale and a zero
/// point a batch.
typedef struct lm__hybrid {
  int32_t batches;
  int64_t batch_elements;
  bool asymmetric;
  int32_t scratch;  ///< index for lm_op_scratch()
} lm__hybrid;

/// In prepare: asks for the scratch. `batches` divides the elements of `input`.
lm_status lm__hybrid_prepare(lm_op_context* context, const lm_tensor* input, int32_t batches,
                             bool asymmetric, lm__hybrid* out, lm_error* err);

/// In eval: quantizes `input` batch by batch. The pointers lead into the scratch.
void lm__hybrid_quantize(const lm_op_context* context, const lm__hybrid* hybrid, const float* input,
                         const int8_t** out_values, const float** out_scales,
                         const int32_t** out_zero_points);

#endif  // LITMARK_OPS_HYBRID_H_
