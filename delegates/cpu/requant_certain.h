// SPDX-License-Identifier: MIT
//
// Requantization without a guard. Outputs that are clamped at the lowest of their 256 values grow
// with the sum, here and in the reference kernels, so that both agree everywhere if they agree at
// the 255 sums where the output changes. Those are known while packing, and tried.
#ifndef LITMARK_CPU_REQUANT_CERTAIN_H_
#define LITMARK_CPU_REQUANT_CERTAIN_H_

#include <stdbool.h>

#include "litmark/kernel_math.h"

/// Finds a scale and an offset with which, for every sum that a float holds,
///   int32 q = round(fma(float(sum), scale, offset)), its upper half saturated to [-128, 127],
/// is lm_multiply(sum, m) saturated to [0, 255], minus 128. False: there are none near those of
/// real numbers, and the outputs are left alone.
bool lm__requant_certain(lm_multiplier m, float* out_scale, float* out_offset);

#endif  // LITMARK_CPU_REQUANT_CERTAIN_H_
