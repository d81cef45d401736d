// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include <turbojpeg.h>

#include "image_codec.h"

// The accurate inverse DCT and the smooth chroma upsampling are what libjpeg does by default, and
// with it Pillow and TensorFlow. Scans are limited because a progressive file of a few kilobytes
// may ask for thousands of passes over the picture.
enum { DECODE_FLAGS = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS };

static lm_status failure(tjhandle decoder, lm_error* err) {
  return LM_FAIL(err, LM_BAD_INPUT, "JPEG: %s", tjGetErrorStr2(decoder));
}

// A warning means that the decoder made pixels up. Data that is missing is an error; stray bytes
// between markers, which real collections have, are not.
static lm_status finish(tjhandle decoder, int result, lm_image* image, lm_error* err) {
  if (result == 0) return LM_OK;
  if (tjGetErrorCode(decoder) != TJERR_WARNING) return failure(decoder, err);
  const char* warning = tjGetErrorStr2(decoder);
  if (strstr(warning, "remature end") != NULL) {
    return LM_FAIL(err, LM_BAD_INPUT, "JPEG: truncated (%s)", warning);
  }
  image->questionable = true;
  return LM_OK;
}

// 255 - ink, multiplied out: Adobe stores CMYK inverted, and nobody else writes CMYK JPEGs.
static void cmyk_to_rgb(const uint8_t* cmyk, size_t count, uint8_t* rgb) {
  for (size_t i = 0; i < count; ++i, cmyk += 4, rgb += 3) {
    const unsigned light = cmyk[3];
    for (int c = 0; c < 3; ++c) {
      const unsigned product = (255u - cmyk[c]) * light + 128u;
      rgb[c] = (uint8_t)(light - (((product >> 8) + product) >> 8));
    }
  }
}

static lm_status decode_cmyk(tjhandle decoder, const uint8_t* data, size_t size, lm_image* image,
                             lm_error* err) {
  const size_t count = (size_t)image->width * (size_t)image->height;
  uint8_t* cmyk = malloc(count * 4);
  if (cmyk == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%zu pixels", count);
  const int result = tjDecompress2(decoder, data, (unsigned long)size, cmyk, image->width, 0,
                                   image->height, TJPF_CMYK, DECODE_FLAGS);
  const lm_status status = finish(decoder, result, image, err);
  if (status == LM_OK) cmyk_to_rgb(cmyk, count, image->pixels);
  free(cmyk);
  return status;
}

static lm_status decode(tjhandle decoder, const uint8_t* data, size_t size, lm_image* image,
                        lm_error* err) {
  int width, height, subsampling, space;
  if (tjDecompressHeader3(decoder, data, (unsigned long)size, &width, &height, &subsampling,
                          &space) != 0 &&
      tjGetErrorCode(decoder) != TJERR_WARNING) {
    return failure(decoder, err);
  }
  const lm_status status =
      lm__image_allocate(image, (uint64_t)(unsigned)width, (uint64_t)(unsigned)height, err);
  if (status != LM_OK) return status;
  if (space == TJCS_CMYK || space == TJCS_YCCK) return decode_cmyk(decoder, data, size, image, err);
  const int result = tjDecompress2(decoder, data, (unsigned long)size, image->pixels, width, 0,
                                   height, TJPF_RGB, DECODE_FLAGS);
  return finish(decoder, result, image, err);
}

lm_status lm__jpeg_decode(const uint8_t* data, size_t size, lm_image* image, lm_error* err) {
  tjhandle decoder = tjInitDecompress();
  if (decoder == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "JPEG decoder");
  const lm_status status = decode(decoder, data, size, image, err);
  tjDestroy(decoder);
  return status;
}
