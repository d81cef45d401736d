// SPDX-License-Identifier: MIT
#include "image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <png.h>
#include <turbojpeg.h>

#include "test_files.h"

enum { WIDTH = 5, HEIGHT = 4, COUNT = WIDTH * HEIGHT };

static uint8_t g_rgb[COUNT * 3];

static void fill_pixels(void) {
  for (int i = 0; i < COUNT * 3; ++i) g_rgb[i] = (uint8_t)(i * 4 + 3);
}

// Rows of `bits`-bit samples as they are; palette of 4 colours where the type wants one.
static const char* write_png(const char* name, const uint8_t* rows, size_t row_bytes, int type,
                             int bits, int interlace) {
  const char* path = test_path(name);
  FILE* stream = fopen(path, "wb");
  assert_non_null(stream);
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct(png);
  png_init_io(png, stream);
  png_set_IHDR(png, info, WIDTH, HEIGHT, bits, type, interlace, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  static const png_color kPalette[4] = {{1, 2, 3}, {40, 50, 60}, {200, 100, 0}, {255, 255, 255}};
  static const uint8_t kAlpha[2] = {0, 128};
  if (type == PNG_COLOR_TYPE_PALETTE) {
    png_set_PLTE(png, info, kPalette, 4);
    png_set_tRNS(png, info, kAlpha, 2, NULL);
  }
  png_set_gAMA(png, info, 0.3);
  png_write_info(png, info);
  png_bytep row_list[HEIGHT];
  for (int y = 0; y < HEIGHT; ++y) row_list[y] = (png_bytep)rows + (size_t)y * row_bytes;
  png_write_image(png, row_list);
  png_write_end(png, NULL);
  png_destroy_write_struct(&png, &info);
  assert_int_equal(fclose(stream), 0);
  return path;
}

static void check_loads(const char* path, const uint8_t* want, int tolerance) {
  lm_image image;
  lm_error err = LM_ERROR_INIT;
  if (lm_image_load(path, &image, NULL, &err) != LM_OK) fail_msg("%s: %s", path, err.message);
  assert_int_equal(image.width, WIDTH);
  assert_int_equal(image.height, HEIGHT);
  for (int i = 0; i < COUNT * 3; ++i) {
    if (abs(image.pixels[i] - want[i]) > tolerance) {
      fail_msg("%s: value %d is %d, want %d", path, i, image.pixels[i], want[i]);
    }
  }
  lm_image_deinit(&image);
}

static void check_fails(const char* path, lm_status status, const char* message) {
  lm_image image;
  lm_error err = LM_ERROR_INIT;
  const lm_status got = lm_image_load(path, &image, NULL, &err);
  if (got != status || strstr(err.message, message) == NULL) {
    fail_msg("%s: status %d, '%s'; want %d, '%s'", path, got, err.message, status, message);
  }
  assert_null(image.pixels);
}

static void png_rgb(void** state) {
  (void)state;
  check_loads(write_png("a.png", g_rgb, WIDTH * 3, PNG_COLOR_TYPE_RGB, 8, PNG_INTERLACE_NONE),
              g_rgb, 0);
  // The content decides, not the name.
  check_loads(write_png("b.jpg", g_rgb, WIDTH * 3, PNG_COLOR_TYPE_RGB, 8, PNG_INTERLACE_ADAM7),
              g_rgb, 0);
}

static void png_alpha_is_dropped(void** state) {
  (void)state;
  uint8_t rgba[COUNT * 4];
  for (int i = 0; i < COUNT; ++i) {
    memcpy(rgba + i * 4, g_rgb + i * 3, 3);
    rgba[i * 4 + 3] = (uint8_t)(i * 12);
  }
  check_loads(write_png("a.png", rgba, WIDTH * 4, PNG_COLOR_TYPE_RGB_ALPHA, 8, PNG_INTERLACE_NONE),
              g_rgb, 0);
}

static void png_gray(void** state) {
  (void)state;
  uint8_t gray[COUNT], want[COUNT * 3];
  for (int i = 0; i < COUNT; ++i) {
    gray[i] = (uint8_t)(i * 12);
    memset(want + i * 3, gray[i], 3);
  }
  check_loads(write_png("g.png", gray, WIDTH, PNG_COLOR_TYPE_GRAY, 8, PNG_INTERLACE_NONE), want, 0);
  // Two bits a pixel: 0, 85, 170, 255.
  static const uint8_t kPacked[HEIGHT * 2] = {0x1b, 0x40, 0x1b, 0x40, 0x1b, 0x40, 0x1b, 0x40};
  static const uint8_t kRow[WIDTH] = {0, 85, 170, 255, 85};
  for (int i = 0; i < COUNT; ++i) memset(want + i * 3, kRow[i % WIDTH], 3);
  check_loads(write_png("g2.png", kPacked, 2, PNG_COLOR_TYPE_GRAY, 2, PNG_INTERLACE_NONE), want, 0);
}

static void png_sixteen_bits(void** state) {
  (void)state;
  uint8_t wide[COUNT * 6];
  for (int i = 0; i < COUNT * 3; ++i) wide[2 * i] = wide[2 * i + 1] = g_rgb[i];  // v * 257
  check_loads(write_png("w.png", wide, WIDTH * 6, PNG_COLOR_TYPE_RGB, 16, PNG_INTERLACE_NONE),
              g_rgb, 0);
}

static void png_palette(void** state) {
  (void)state;
  static const uint8_t kPacked[HEIGHT * 2] = {0x1b, 0x40, 0x1b, 0x40, 0x1b, 0x40, 0x1b, 0x40};
  static const uint8_t kRow[WIDTH * 3] = {1, 2,   3,   40,  50, 60, 200, 100,
                                          0, 255, 255, 255, 40, 50, 60};
  uint8_t want[COUNT * 3];
  for (int y = 0; y < HEIGHT; ++y) memcpy(want + y * WIDTH * 3, kRow, sizeof kRow);
  check_loads(write_png("p.png", kPacked, 2, PNG_COLOR_TYPE_PALETTE, 2, PNG_INTERLACE_NONE), want,
              0);
}

// Compresses the picture with `format` and quality 100; the caller frees with tjFree().
static unsigned char* compress(const uint8_t* pixels, int format, int space, unsigned long* size) {
  tjhandle handle = tjInitCompress();
  unsigned char* jpeg = NULL;
  *size = 0;
  assert_int_equal(
      tjCompress2(handle, pixels, WIDTH, 0, HEIGHT, format, &jpeg, size, space, 100, 0), 0);
  tjDestroy(handle);
  return jpeg;
}

static void jpeg_colour_gray_and_cmyk(void** state) {
  (void)state;
  uint8_t flat[COUNT * 4], want[COUNT * 3];
  unsigned long size;
  for (int i = 0; i < COUNT; ++i) memcpy(want + i * 3, "\x28\x78\xc8", 3);
  unsigned char* jpeg = compress(want, TJPF_RGB, TJSAMP_444, &size);
  check_loads(test_write("c.png", jpeg, size), want, 2);
  tjFree(jpeg);
  memset(flat, 90, sizeof flat);
  memset(want, 90, sizeof want);
  jpeg = compress(flat, TJPF_GRAY, TJSAMP_GRAY, &size);
  check_loads(test_write("g.jpg", jpeg, size), want, 1);
  tjFree(jpeg);
  // Inverted inks, as Adobe stores them: 200 * 128 / 255 = 100.
  for (int i = 0; i < COUNT; ++i) memcpy(flat + i * 4, "\xc8\xff\x00\x80", 4);
  for (int i = 0; i < COUNT; ++i) memcpy(want + i * 3, "\x64\x80\x00", 3);
  jpeg = compress(flat, TJPF_CMYK, TJSAMP_444, &size);
  check_loads(test_write("k.jpg", jpeg, size), want, 2);
  tjFree(jpeg);
}

static void broken_jpegs(void** state) {
  (void)state;
  unsigned long size;
  unsigned char* jpeg = compress(g_rgb, TJPF_RGB, TJSAMP_420, &size);
  for (unsigned long keep = 4; keep < size; keep += 3) {
    lm_image image;
    lm_error err = LM_ERROR_INIT;
    const char* path = test_write("t.jpg", jpeg, keep);
    if (lm_image_load(path, &image, NULL, &err) == LM_OK) fail_msg("%lu of %lu bytes", keep, size);
    assert_null(image.pixels);
  }
  // Flipped bits end in an error or in some picture, not in a crash.
  for (unsigned long at = 2; at < size; ++at) {
    jpeg[at] ^= 0x41;
    lm_image image;
    lm_image_load(test_write("f.jpg", jpeg, size), &image, NULL, NULL);
    lm_image_deinit(&image);
    jpeg[at] ^= 0x41;
  }
  tjFree(jpeg);
}

static size_t read_back(const char* path, uint8_t* data, size_t room) {
  FILE* stream = fopen(path, "rb");
  assert_non_null(stream);
  const size_t size = fread(data, 1, room, stream);
  fclose(stream);
  return size;
}

static void broken_pngs(void** state) {
  (void)state;
  uint8_t data[2048];
  const size_t size =
      read_back(write_png("a.png", g_rgb, WIDTH * 3, PNG_COLOR_TYPE_RGB, 8, PNG_INTERLACE_NONE),
                data, sizeof data);
  for (size_t keep = 8; keep < size; ++keep) {
    check_fails(test_write("t.png", data, keep), LM_BAD_INPUT, "PNG: ");
  }
  for (size_t at = 8; at < size; ++at) {
    data[at] ^= 0x41;
    lm_image image;
    lm_image_load(test_write("f.png", data, size), &image, NULL, NULL);
    lm_image_deinit(&image);
    data[at] ^= 0x41;
  }
}

// A header of 33 bytes that claims width x height pixels, with its checksum.
static void giant_png(void** state) {
  (void)state;
  uint8_t data[33] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
  static const uint32_t kSizes[][2] = {{60000, 60000}, {100000001, 1}, {0x7fffffff, 0x7fffffff}};
  for (size_t i = 0; i < 3; ++i) {
    for (int b = 0; b < 4; ++b) {
      data[16 + b] = (uint8_t)(kSizes[i][0] >> (24 - 8 * b));
      data[20 + b] = (uint8_t)(kSizes[i][1] >> (24 - 8 * b));
    }
    memcpy(data + 24, "\x08\x02\0\0", 5);
    uint32_t crc = 0xffffffffu;
    for (int at = 12; at < 29; ++at) {
      crc ^= data[at];
      for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
    crc ^= 0xffffffffu;
    for (int b = 0; b < 4; ++b) data[29 + b] = (uint8_t)(crc >> (24 - 8 * b));
    uint8_t file[64] = {0};
    memcpy(file, data, sizeof data);
    memcpy(file + 33, "\0\0\0\0IDAT\x35\xaf\x06\x1e", 12);  // so that reading the header ends
    check_fails(test_write("giant.png", file, 45), LM_BAD_INPUT, "");
  }
}

static void put32(uint8_t* p, uint32_t value) {
  for (int i = 0; i < 4; ++i) p[i] = (uint8_t)(value >> (8 * i));
}

// A BMP with a header of `header` bytes, 24 or 32 bits a pixel, of the usual picture.
static size_t make_bmp(uint8_t* data, uint32_t header, int bits, int top_down, int compression) {
  memset(data, 0, 1024);
  const uint32_t masks = header == 40 && compression == 3 ? 12 : 0;
  const uint32_t offset = 14 + header + masks, row = ((uint32_t)bits * WIDTH + 31) / 32 * 4;
  memcpy(data, "BM", 2);
  put32(data + 2, offset + row * HEIGHT);
  put32(data + 10, offset);
  put32(data + 14, header);
  put32(data + 18, WIDTH);
  put32(data + 22, top_down ? (uint32_t)-HEIGHT : HEIGHT);
  data[26] = 1;
  data[28] = (uint8_t)bits;
  put32(data + 30, (uint32_t)compression);
  if (compression == 3) {
    put32(data + 54, 0xff0000);
    put32(data + 58, 0xff00);
    put32(data + 62, 0xff);
  }
  for (int y = 0; y < HEIGHT; ++y) {
    uint8_t* line = data + offset + row * (uint32_t)(top_down ? y : HEIGHT - 1 - y);
    for (int x = 0; x < WIDTH; ++x) {
      for (int c = 0; c < 3; ++c) line[x * bits / 8 + c] = g_rgb[(y * WIDTH + x) * 3 + 2 - c];
    }
  }
  return offset + row * HEIGHT;
}

static void bmps(void** state) {
  (void)state;
  static const uint32_t kHeaders[] = {40, 108, 124};
  uint8_t data[1024];
  for (int h = 0; h < 3; ++h) {
    for (int variant = 0; variant < 6; ++variant) {
      const int bits = variant < 2 ? 24 : 32, compression = variant >= 4 ? 3 : 0;
      const size_t size = make_bmp(data, kHeaders[h], bits, variant % 2, compression);
      check_loads(test_write("a.bmp", data, size), g_rgb, 0);
    }
  }
}

static void broken_bmps(void** state) {
  (void)state;
  uint8_t data[1024];
  const size_t size = make_bmp(data, 124, 24, 0, 0);
  for (size_t keep = 2; keep < size; ++keep) {
    check_fails(test_write("t.bmp", data, keep), LM_BAD_INPUT, "BMP: ");
  }
  for (size_t at = 2; at < 14 + 124; ++at) {
    static const uint8_t kFlips[] = {0x01, 0x41, 0x80, 0xff};
    for (int f = 0; f < 4; ++f) {
      data[at] ^= kFlips[f];
      lm_image image;
      lm_image_load(test_write("f.bmp", data, size), &image, NULL, NULL);
      lm_image_deinit(&image);
      data[at] ^= kFlips[f];
    }
  }
  put32(data + 18, 70000);
  put32(data + 22, 70000);
  check_fails(test_write("giant.bmp", data, size), LM_BAD_INPUT, "70000 x 70000 pixels");
  make_bmp(data, 40, 24, 0, 1);
  check_fails(test_write("rle.bmp", data, size), LM_BAD_INPUT, "compression 1");
  make_bmp(data, 40, 24, 0, 0);
  data[28] = 4;
  check_fails(test_write("four.bmp", data, size), LM_BAD_INPUT, "4 bits a pixel");
}

static void other_files(void** state) {
  (void)state;
  check_fails(test_write("e.png", "", 0), LM_BAD_INPUT, "is empty");
  check_fails(test_write("t.png", "GIF89a", 6), LM_BAD_INPUT, "is no JPEG, PNG or BMP image");
  check_fails(test_write("b.png", "B", 1), LM_BAD_INPUT, "is no JPEG, PNG or BMP image");
  check_fails(test_write("m.bmp", "BM", 2), LM_BAD_INPUT, "BMP: truncated");
  check_fails(test_path("missing.png"), LM_IO, "No such file");
  check_fails(test_path("."), LM_IO, "is no regular file");
}

static void hash_is_of_the_content(void** state) {
  (void)state;
  lm_image image;
  char hash[65];
  lm_image_load(test_write("h", "abc", 3), &image, hash, NULL);
  assert_string_equal(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void luma(void** state) {
  (void)state;
  uint8_t pixels[] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 77, 77, 77, 10, 200, 30};
  const lm_image image = {.width = 6, .height = 1, .pixels = pixels};
  static const uint8_t kWant[6] = {76, 150, 29, 255, 77, 124};
  uint8_t got[6];
  lm_image_to_gray(&image, got);
  for (int i = 0; i < 6; ++i) assert_int_equal(got[i], kWant[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(png_rgb),      cmocka_unit_test(png_alpha_is_dropped),
      cmocka_unit_test(png_gray),     cmocka_unit_test(png_sixteen_bits),
      cmocka_unit_test(png_palette),  cmocka_unit_test(jpeg_colour_gray_and_cmyk),
      cmocka_unit_test(broken_jpegs), cmocka_unit_test(broken_pngs),
      cmocka_unit_test(giant_png),    cmocka_unit_test(bmps),
      cmocka_unit_test(broken_bmps),  cmocka_unit_test(other_files),
      cmocka_unit_test(luma),         cmocka_unit_test(hash_is_of_the_content),
  };
  fill_pixels();
  test_files_begin();
  const int failed = cmocka_run_group_tests_name("image", tests, NULL, NULL);
  test_files_end();
  return failed;
}
