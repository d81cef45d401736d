// SPDX-License-Identifier: MIT
#ifndef LM_MKMODEL_CALIBRATION_IMAGES_H_
#define LM_MKMODEL_CALIBRATION_IMAGES_H_

#include <stdint.h>

/// Draws `count` images of size x size RGB pixels in [-1, 1] into `pixels` [count][size][size][3].
/// They lie between photographs and noise, because the models will be fed both: overlapping
/// rectangles, each with a colour, a slope and a grain of its own; the second image is white noise.
void lm_calibration_images(uint64_t seed, int32_t count, int32_t size, float* pixels);

#endif  // LM_MKMODEL_CALIBRATION_IMAGES_H_
