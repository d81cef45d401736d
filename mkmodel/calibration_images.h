// SPDX-License-Identifier: MIT
#ifndef LM_MKMODEL_CALIBRATION_IMAGES_H_
#define LM_MKMODEL_CALIBRATION_IMAGES_H_

#include <stdint.h>

/// Draws `count` images of size x size RGB pixels in [-1, 1] into `pixels` [count][size][size][3].
/// They lie between photographs and noise: a colour gradient, overlapping rectangles, and a share of
/// white noise that differs from image to image, because the models will be fed both.
void lm_calibration_images(uint64_t seed, int32_t count, int32_t size, float* pixels);

#endif  // LM_MKMODEL_CALIBRATION_IMAGES_H_
