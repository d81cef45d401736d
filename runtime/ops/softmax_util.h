// SPDX-License-Identifier: MIT
//
// What SOFTMAX and LOG_SOFTMAX share for 8-bit inputs: differences to the row's maximum as fixed
// point, and the sum of their exponentials.
#ifndef LITMARK_OPS_SOFTMAX_UTIL_H_
#define LITMARK_OPS_SOFTMAX_UTIL_H_

#include "ops/kernel_util.h"

typedef struct lm__softmax_scale {
  lm_multiplier to_q5;  ///< difference to Q5, shift >= 0
  int32_t diff_min;     ///< differences below this count as minus infinity
} lm__softmax_scale;

/// @retval LM_UNSUPPORTED  input scale times beta is too small for the format's fixed point.
lm_status lm__softmax_scale_make(const lm_op_context* context, double beta, double input_scale,
                                 lm__softmax_scale* out, lm_error* err);

/// Element `i` of an INT8 or UINT8 row.
static inline int32_t lm__softmax_at(const void* row, bool is_signed, int64_t i) {
  return is_signed ? ((const int8_t*)row)[i] : ((const uint8_t*)row)[i];
}

/// Largest element of a row and the sum of exp(x - largest) in Q12.
void lm__softmax_sum(const lm__softmax_scale* scale, const void* row, bool is_signed, int64_t depth,
                     int32_t* out_max, int32_t* out_sum);

#endif  // LITMARK_OPS_SOFTMAX_UTIL_H_
