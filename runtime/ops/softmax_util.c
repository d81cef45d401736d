// SPDX-License-Identifier: MIT
#include "ops/softmax_util.h"

#include <math.h>

#include "ops/fixed_point.h"

lm_status lm__softmax_scale_make(const lm_op_context* context, double beta, double input_scale,
                                 lm__softmax_scale* out, lm_error* err) {
  const double real = fmin(beta * input_scale * (1 << 26), 2147483647.0);
  LM_OP_CHECK(context, real > 1.0, LM_UNSUPPORTED, "beta %g with input scale %g", beta,
              input_scale);
  out->to_q5 = lm_multiplier_make(real);
  const double radius = 31.0 * (1 << 26) / (double)(1LL << out->to_q5.shift);
  out->diff_min = -(int32_t)floor(radius);
  return LM_OK;
}

void lm__softmax_sum(const lm__softmax_scale* scale, const void* row, bool is_signed, int64_t depth,
                     int32_t* out_max, int32_t* out_sum) {
  int32_t max = is_signed ? INT8_MIN : 0;
  for (int64_t i = 0; i < depth; ++i) {
    const int32_t x = lm__softmax_at(row, is_signed, i);
    if (x > max) max = x;
  }
  int64_t sum = 0;
  for (int64_t i = 0; i < depth; ++i) {
    const int32_t diff = lm__softmax_at(row, is_signed, i) - max;
    if (diff < scale->diff_min) continue;
    sum += lm_rounding_divide_by_pot(lm_fixed_exp_q5(lm_multiply(diff, scale->to_q5)), 12);
  }
  *out_max = max;
  *out_sum = sum > INT32_MAX ? INT32_MAX : (int32_t)sum;  // 4096 times 1.0; nothing real has more
}
