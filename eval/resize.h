// SPDX-License-Identifier: MIT
//
// Bilinear resampling of 8-bit images.
//
// Pixel centres lie at half coordinates: output x takes its value at u = (x + 0.5) * in / out. With
// antialiasing, shrinking widens the triangle filter to the step s = max(in / out, 1):
//   weight(i) = max(0, 1 - |i + 0.5 - u| / s), normalised to 1 over the pixels inside the image,
// which is what Pillow's Image.resize(..., BILINEAR) computes, here with the same fixed point (22
// bits, each pass rounded to 8 bits, columns first), so that results are equal byte for byte.
// Without antialiasing s is 1: the two nearest pixels of each axis, as TensorFlow's resize_bilinear
// with half_pixel_centers picks them.
#ifndef LITMARK_EVAL_RESIZE_H_
#define LITMARK_EVAL_RESIZE_H_

#include <stdbool.h>
#include <stdint.h>

#include "litmark/status.h"

/// Part of an image: `pixels` is its first pixel, rows lie `stride` bytes apart.
typedef struct lm_pixels {
  const uint8_t* pixels;
  int32_t width, height, channels;
  int64_t stride;
} lm_pixels;

/// Resamples `in` to [height, width, in->channels]. An axis that keeps its length is copied.
/// @retval LM_OUT_OF_MEMORY  the tables and the picture between the passes did not fit.
lm_status lm_resize_bilinear(const lm_pixels* in, int32_t width, int32_t height, bool antialias,
                             uint8_t* out, lm_error* err);

#endif  // LITMARK_EVAL_RESIZE_H_
