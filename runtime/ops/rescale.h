// SPDX-License-Identifier: MIT
//
// Fixed-point arithmetic that several quantized kernels share. It follows gemmlowp's fixed-point
// library operation by operation (github.com/google/gemmlowp, fixedpoint/fixedpoint.h), because the
// results have to agree with it bit by bit.
#ifndef LITMARK_OPS_RESCALE_H_
#define LITMARK_OPS_RESCALE_H_

#include "ops/kernel_util.h"

/// 1 / x for x >= 1 as a fixed-point number: raw * 2^-31 * 2^-*out_shift.
int32_t lm__reciprocal(int32_t x, int32_t* out_shift);

/// 1 / sqrt(x) for x >= 0 (0 counts as 1) as a multiplier.
lm_multiplier lm__inverse_sqrt(int32_t x);

#endif  // LITMARK_OPS_RESCALE_H_
