// SPDX-License-Identifier: MIT
//
// Whether products of many rows are as fast with weights in float16 as in float32 on this machine,
// measured when the delegate is opened: some processors widen beside their multiplications, others
// in place of some of them, and some in place of additions, which only exact kernels have.
#ifndef LITMARK_CPU_HALF_SPEED_H_
#define LITMARK_CPU_HALF_SPEED_H_

#include "kernels.h"
#include "litmark/allocator.h"
#include "litmark/status.h"

typedef struct lm__half_speed {
  bool fused, exact;  ///< pays for these kernels
} lm__half_speed;

/// Takes some 300 microseconds. False where `isa` has no kernels for weights in float16.
lm_status lm__half_speed_make(uint32_t isa, lm_allocator allocator, lm__half_speed* out,
                              lm_error* err);

#endif  // LITMARK_CPU_HALF_SPEED_H_
