// SPDX-License-Identifier: MIT
//
// Fixed-point arithmetic that several quantized kernels share. It follows gemmlowp's fixed-point
// library operation by operation (github.com/google/gemmlowp, fixedpoint/fixedpoint.h), because the
// results have to agree with it bit by bit.
#ifndef LITMARK_OPS_RESCALE_H_
#define LITMARK_OPS_RESCALE_H_

#include "ops/op_util.h"

/// lm_multiplier_make() with a check that lm_multiply() can use the result.
lm_status lm__op_make_multiplier(const lm_op_context* context, double real,
                                 lm_multiplier* out_multiplier, lm_error* err);

/// x * real for a 64-bit accumulator: 16 bits of the multiplier, one rounding, half up. `x` fits 48
/// bits, the shift of `m` is below 8.
static inline int32_t lm__multiply_64(int64_t x, lm_multiplier m) {
  const int64_t reduced = m.multiplier < 0x7FFF0000 ? (m.multiplier + (1 << 15)) >> 16 : 0x7FFF;
  const int32_t shift = 15 - m.shift;
  return (int32_t)((x * reduced + (1LL << (shift - 1))) >> shift);
}

/// 1 / x for x >= 1 as a fixed-point number: raw * 2^-31 * 2^-*out_shift.
int32_t lm__reciprocal(int32_t x, int32_t* out_shift);

/// 1 / sqrt(x) for x >= 0 (0 counts as 1) as a multiplier.
lm_multiplier lm__inverse_sqrt(int32_t x);

static inline int32_t lm__clamp(int32_t x, int32_t low, int32_t high) {
  return x < low ? low : (x > high ? high : x);
}

#endif  // LITMARK_OPS_RESCALE_H_
