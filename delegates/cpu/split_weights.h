// SPDX-License-Identifier: MIT
//
// Weights as sums of bfloat16 parts, for ukernels/f32_split_amxbf16.c.
#ifndef LITMARK_SPLIT_WEIGHTS_H_
#define LITMARK_SPLIT_WEIGHTS_H_

#include "packing.h"

/// bfloat16 numbers that stand for a float in a kernel of three or six products.
static inline size_t lm__split_parts(const lm__f32_gemm_uk* uk) {
  return uk->products == 3 ? 2 : 3;
}

/// The nearest bfloat16, ties to even, but no infinity for a finite number.
uint16_t lm__split_round(float x);

/// The second of two parts, for each of the `count` weights of a column (32 at most, a step of the
/// kernel): nearest to what the first part leaves, or a little beside it where that makes the
/// errors of all cancel. `error` is the sum of those of the steps before; returns it with these.
double lm__split_low_parts(const float* weights, size_t count, double error, uint16_t* out_low);

/// See lm__f32_gemm_pack(); `uk` has products, `out` is zeroed.
void lm__split_pack(const lm__f32_gemm_uk* uk, const lm__gemm_shape* shape, const float* weights,
                    const float* bias, uint8_t* out);

#endif  // LITMARK_SPLIT_WEIGHTS_H_
