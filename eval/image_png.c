// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "image_codec.h"

// What libpng's callbacks need. A failure jumps back to lm__png_decode().
typedef struct png_source {
  const uint8_t* data;
  size_t size, at;
  lm_error* err;
  jmp_buf failed;
} png_source;

static void on_error(png_structp png, png_const_charp message) {
  png_source* source = png_get_error_ptr(png);
  lm_error_set(source->err, LM_BAD_INPUT, __FILE__, __LINE__, "PNG: %s", message);
  longjmp(source->failed, 1);
}

// Warnings concern chunks that do not change pixels.
static void on_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void on_read(png_structp png, png_bytep out, size_t count) {
  png_source* source = png_get_io_ptr(png);
  if (count > source->size - source->at) png_error(png, "truncated");
  memcpy(out, source->data + source->at, count);
  source->at += count;
}

// Any colour type and depth to 8-bit RGB.
static void set_transformations(png_structp png, png_infop info) {
  const int type = png_get_color_type(png, info);
  const int depth = png_get_bit_depth(png, info);
  if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if ((type & PNG_COLOR_MASK_COLOR) == 0) {
    if (depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    png_set_gray_to_rgb(png);
  }
  if (depth == 16) png_set_scale_16(png);
  png_set_strip_alpha(png);
}

// Everything between the two jumps' ends. `*rows` is freed by the caller, also after a jump.
static lm_status read_image(png_structp png, png_infop info, lm_image* image, png_bytep** rows,
                            lm_error* err) {
  png_read_info(png, info);
  const uint32_t width = png_get_image_width(png, info);
  const uint32_t height = png_get_image_height(png, info);
  lm_status status = lm__image_allocate(image, width, height, err);
  if (status != LM_OK) return status;
  set_transformations(png, info);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != (size_t)width * 3) {
    return LM_FAIL(err, LM_BAD_INPUT, "PNG: %zu bytes a row of %u pixels",
                   png_get_rowbytes(png, info), width);
  }
  *rows = malloc((size_t)height * sizeof **rows);
  if (*rows == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%u rows", height);
  for (uint32_t y = 0; y < height; ++y) (*rows)[y] = image->pixels + (size_t)y * width * 3;
  png_read_image(png, *rows);
  png_read_end(png, NULL);
  return LM_OK;
}

lm_status lm__png_decode(const uint8_t* data, size_t size, lm_image* image, lm_error* err) {
  lm_error local = LM_ERROR_INIT;
  png_source source = {.data = data, .size = size, .err = err != NULL ? err : &local};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, on_error, on_warning);
  if (png == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "PNG decoder");
  png_infop info = NULL;
  png_bytep* rows = NULL;
  // Volatile, and the addresses escape: both survive the jump.
  volatile lm_status status = LM_BAD_INPUT;
  png_bytep** volatile rows_at = &rows;
  png_infop* volatile info_at = &info;
  if (setjmp(source.failed) == 0) {
    *info_at = png_create_info_struct(png);
    if (*info_at == NULL) {
      status = LM_FAIL(err, LM_OUT_OF_MEMORY, "PNG decoder");
    } else {
      png_set_read_fn(png, &source, on_read);
      // Width and height are bounded here, their product in lm__image_allocate().
      png_set_user_limits(png, LM_IMAGE_MAX_PIXELS, LM_IMAGE_MAX_PIXELS);
      png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
      status = read_image(png, *info_at, image, rows_at, err);
    }
  }
  free(*rows_at);
  png_destroy_read_struct(&png, info_at, NULL);
  return status;
}
