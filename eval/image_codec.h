// SPDX-License-Identifier: MIT
//
// The decoders behind lm_image_load(). Each fills an lm_image or leaves it zeroed.
#ifndef LITMARK_EVAL_IMAGE_CODEC_H_
#define LITMARK_EVAL_IMAGE_CODEC_H_

#include "image.h"

/// Checks the claimed size and allocates the pixels.
lm_status lm__image_allocate(lm_image* image, uint64_t width, uint64_t height, lm_error* err);

lm_status lm__jpeg_decode(const uint8_t* data, size_t size, lm_image* image, lm_error* err);
lm_status lm__png_decode(const uint8_t* data, size_t size, lm_image* image, lm_error* err);
lm_status lm__bmp_decode(const uint8_t* data, size_t size, lm_image* image, lm_error* err);

#endif  // LITMARK_EVAL_IMAGE_CODEC_H_
