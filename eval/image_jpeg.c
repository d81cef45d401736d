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

// A warning mostly means that the decoder made pixels up, which is an error here. These do not, and
// real collections have them. The text decides, because libturbojpeg reports a failure that follows
// a warning with the code of a warning; the text then is the failure's.
static bool harmless(const char* warning) {
  static const char* const kTexts[] = {"extraneous bytes before marker", "JFIF revision number",
                                       "SOS parameters for sequential", "progression sequence"};
  for (size_t i = 0; i < sizeof kTexts / sizeof *kTexts; ++i) {
    if (strstr(warning, kTexts[i]) != NULL) return true;
  }
  return false;
}

static lm_status finish(tjhandle decoder, int result, lm_image* image, lm_error* err) {
  if (result == 0) return LM_OK;
  if (tjGetErrorCode(decoder) != TJERR_WARNING || !harmless(tjGetErrorStr2(decoder))) {
    return failure(decoder, err);
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
  int width = 0, height = 0, subsampling = 0, space = 0;
  int result = tjDecompressHeader3(decoder, data, (unsigned long)size, &width, &height,
                                   &subsampling, &space);
  lm_status status = finish(decoder, result, image, err);
  if (status != LM_OK) return status;
  status = lm__image_allocate(image, (uint64_t)(unsigned)width, (uint64_t)(unsigned)height, err);
  if (status != LM_OK) return status;
  if (space == TJCS_CMYK || space == TJCS_YCCK) return decode_cmyk(decoder, data, size, image, err);
  result = tjDecompress2(decoder, data, (unsigned long)size, image->pixels, width, 0, height,
                         TJPF_RGB, DECODE_FLAGS);
  return finish(decoder, result, image, err);
}

lm_status lm__jpeg_decode(const uint8_t* data, size_t size, lm_image* image, lm_error* err) {
  tjhandle decoder = tjInitDecompress();
  if (decoder == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "JPEG decoder");
  const lm_status status = decode(decoder, data, size, image, err);
  tjDestroy(decoder);
  return status;
}
