// SPDX-License-Identifier: MIT
//
// Image files as 8-bit RGB. libturbojpeg and libpng decode; nothing here interprets pixels.
#ifndef LITMARK_EVAL_IMAGE_H_
#define LITMARK_EVAL_IMAGE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "litmark/status.h"

/// Larger images and files are refused before memory is asked for: a few bytes can claim a lot.
#define LM_IMAGE_MAX_PIXELS 100000000
#define LM_IMAGE_MAX_FILE_BYTES (256u << 20)

typedef struct lm_image {
  int32_t width, height;
  uint8_t* pixels;    ///< [height, width, 3], red first, no padding; OWNED
  bool questionable;  ///< the JPEG decoder gave a warning that costs no pixels
} lm_image;

/// Decodes the file at `path` as JPEG, PNG or BMP; the content decides, not the name.
///
/// What is not RGB becomes RGB: grey is repeated, palettes are looked up, 16 bits are scaled to 8,
/// alpha is dropped (the colour under it stays), CMYK is multiplied out in Adobe's convention.
/// Gamma, colour profiles and EXIF orientation are ignored, as Pillow and TensorFlow ignore them.
/// `content_sha256` (may be NULL) receives 64 hexadecimal digits and a zero: the file's hash.
/// @retval LM_IO         the file cannot be read.
/// @retval LM_BAD_INPUT  it is no image, broken, truncated or too large.
lm_status lm_image_load(const char* path, lm_image* out_image, char* content_sha256, lm_error* err);

/// `image` may be zeroed.
void lm_image_deinit(lm_image* image);

/// Luma as ITU-R BT.601 weighs it, in the fixed point of Pillow's convert("L"):
/// (19595 R + 38470 G + 7471 B + 32768) >> 16. `out` has width * height bytes.
void lm_image_to_gray(const lm_image* image, uint8_t* out);

#endif  // LITMARK_EVAL_IMAGE_H_
