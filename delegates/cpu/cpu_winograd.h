// SPDX-License-Identifier: MIT
//
// 3x3 convolutions of floats by Winograd's algorithm F(4x4, 3x3): 36 products where the direct form
// takes 144. Sums are taken in another order than the reference's and from other factors.
#ifndef LITMARK_CPU_WINOGRAD_H_
#define LITMARK_CPU_WINOGRAD_H_

#include "cpu_product.h"
#include "ukernels/f32_winograd.h"

/// What outputs of a program that uses it are held to, relative to the largest.
#define LM_CPU_WINOGRAD_TOLERANCE 1e-4

/// The transforms of this build, fastest first; the last needs no instruction set.
extern const lm__f32_winograd_uk* const lm__f32_winograd_uks[];
extern const int32_t lm__f32_winograd_uk_count;
const lm__f32_winograd_uk* lm__f32_winograd_select(uint32_t isa);

/// Nine weights [ky][kx] into the 36 [6][6] by which the transformed input is multiplied.
void lm__winograd_weights(const double weights[9], double out[36]);

/// Whether the algorithm can compute the convolution, may, saves at least 15% of its time, is
/// faster than six bfloat16 products, and no three are asked for.
bool lm__cpu_winograd_pays(const lm__cpu_build* build, const lm__product_desc* desc);

lm_status lm__cpu_winograd_compile(const lm__cpu_build* build, const lm__product_desc* desc,
                                   lm__cpu_step** out_step, lm_error* err);

#endif  // LITMARK_CPU_WINOGRAD_H_
