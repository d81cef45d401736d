// SPDX-License-Identifier: MIT
//
// LOGISTIC and TANH of int16 tensors: an interpolated table of the logistic function over
// [0, 10.7), from which tanh follows by tanh(x) = 2 logistic(2x) - 1. The output's scale is
// 1/32768.
#ifndef LITMARK_OPS_SIGMOID16_H_
#define LITMARK_OPS_SIGMOID16_H_

#include "ops/kernel_util.h"

typedef struct lm__sigmoid16 {
  int32_t multiplier, shift;  ///< input to units of 1/12288: x * multiplier / 2^shift, rounded
  uint16_t table[256];        ///< logistic(k / 24) * 65536
} lm__sigmoid16;

/// Checks the quantization of a unary int16 node and fills `out`. Input scales of 2^-12 up to
/// 2^(max_power - 12) are powers of two that need no rounding.
lm_status lm__sigmoid16_prepare(const lm_op_context* context, const lm_tensor* input,
                                const lm_tensor* output, int32_t max_power, lm__sigmoid16* out,
                                lm_error* err);

int16_t lm__sigmoid16_logistic(const lm__sigmoid16* s, int16_t x);
int16_t lm__sigmoid16_tanh(const lm__sigmoid16* s, int16_t x);

#endif  // LITMARK_OPS_SIGMOID16_H_
