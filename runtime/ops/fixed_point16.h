// SPDX-License-Identifier: MIT
//
// Functions in 16-bit fixed point for integer LSTM cells: see fixed_point.h. The real 1.0 of a
// number with m integer bits is 2^(15 - m); results have none, so 1.0 saturates to 32767.
#ifndef LITMARK_OPS_FIXED_POINT16_H_
#define LITMARK_OPS_FIXED_POINT16_H_

#include <stdint.h>

/// tanh(x) for x with `integer_bits` integer bits, 0 to 6.
int16_t lm__fp16_tanh(int16_t x, int32_t integer_bits);

/// 1 / (1 + exp(-x)) for x with 3 integer bits.
int16_t lm__fp16_logistic(int16_t x);

#endif  // LITMARK_OPS_FIXED_POINT16_H_
