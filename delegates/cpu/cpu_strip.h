// SPDX-License-Identifier: MIT
//
// Chains of a convolution, a depthwise convolution and a 1x1 convolution, or two of them, run
// strip by strip: a few rows of what lies between the ops at a time, in the thread's scratch, which
// stays in the second-level cache. Tensors that are larger than that cache are never written.
#ifndef LITMARK_CPU_STRIP_H_
#define LITMARK_CPU_STRIP_H_

#include "cpu_op.h"

/// Finds such chains among the steps of a program, all of which have been compiled, and replaces
/// each by a strip step in the place of its last op. The steps themselves serve it from then on.
lm_status lm__cpu_strips_make(const lm__cpu_build* build, lm_error* err);

#endif  // LITMARK_CPU_STRIP_H_
