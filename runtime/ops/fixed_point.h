// SPDX-License-Identifier: MIT
//
// Functions in 32-bit fixed point for the integer softmaxes, beside those of litmark/kernel_math.h,
// which delegates need too. Qm means m integer bits, one sign bit
// and 31 - m bits of fraction: the real 1.0 is 2^(31 - m). Polynomials, constants and the order of
// roundings are those of gemmlowp's fixed-point library and of LiteRT's logarithm, whose results
// these functions reproduce bit for bit.
#ifndef LITMARK_OPS_FIXED_POINT_H_
#define LITMARK_OPS_FIXED_POINT_H_

#include "litmark/kernel_math.h"

/// log(x) in Q5 for x >= 1 in Q12.
int32_t lm__fp_log_q12(int32_t x);

/// x * 2^exponent, saturating; exponent in [0, 31].
int32_t lm__fp_shift_left(int32_t x, int32_t exponent);

/// Zeros above the highest set bit; 32 for 0.
int32_t lm__fp_leading_zeros(uint32_t x);

#endif  // LITMARK_OPS_FIXED_POINT_H_
