// SPDX-License-Identifier: MIT
//
// Made up inputs for trying a network out (gpu_half_trial.h). White noise is no use: it has none
// of the edges at which a network decides, and networks of photographs find nothing in it. Smooth
// colours with bright and dark shapes on them do what a photograph does.
#ifndef LITMARK_GPU_TEST_IMAGE_H_
#define LITMARK_GPU_TEST_IMAGE_H_

#include <stdint.h>

#include "litmark/graph.h"

/// Writes input `number` (0, 1, ...) for `tensor` to `data`, of tensor->bytes: the same ones
/// everywhere and always. Floats of [N,H,W,C] are images, other floats are noise, from 0 to 1 where
/// `number` is even and from -1 to 1 where it is odd; 8-bit tensors are images over their whole
/// range; everything else (indices, masks, lengths) is 0.
void lm__gpu_test_image(const lm_tensor* tensor, int32_t number, void* data);

#endif  // LITMARK_GPU_TEST_IMAGE_H_
