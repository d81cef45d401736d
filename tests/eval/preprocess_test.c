// SPDX-License-Identifier: MIT
#include "preprocess.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const lm_preprocess_options kDefaults = {.crop = 1};

typedef struct shape_case {
  const char* name;
  lm_shape shape;
  lm_layout wanted;
  lm_geometry want;  // width 0: refused
  lm_layout layout;
} shape_case;

static const shape_case kShapes[] = {
    {"usual", {4, {1, 5, 7, 3}}, LM_LAYOUT_AUTO, {7, 5, 3}, LM_LAYOUT_NHWC},
    {"grey", {4, {1, 28, 28, 1}}, LM_LAYOUT_AUTO, {28, 28, 1}, LM_LAYOUT_NHWC},
    {"planes", {4, {1, 3, 5, 7}}, LM_LAYOUT_AUTO, {7, 5, 3}, LM_LAYOUT_NCHW},
    {"grey plane", {4, {1, 1, 5, 7}}, LM_LAYOUT_AUTO, {7, 5, 1}, LM_LAYOUT_NCHW},
    {"three rows, not planes", {4, {1, 3, 7, 3}}, LM_LAYOUT_AUTO, {7, 3, 3}, LM_LAYOUT_NHWC},
    {"planes by order", {4, {1, 3, 7, 3}}, LM_LAYOUT_NCHW, {3, 7, 3}, LM_LAYOUT_NCHW},
    {"no channel dimension", {3, {1, 28, 20}}, LM_LAYOUT_AUTO, {20, 28, 1}, LM_LAYOUT_NHWC},
    {"no batch", {3, {28, 20, 3}}, LM_LAYOUT_AUTO, {20, 28, 3}, LM_LAYOUT_NHWC},
    {"vector", {2, {1, 784}}, LM_LAYOUT_AUTO, {0, 0, 0}, LM_LAYOUT_NHWC},
    {"four channels", {4, {1, 8, 8, 4}}, LM_LAYOUT_AUTO, {0, 0, 0}, LM_LAYOUT_NHWC},
    {"forced to four planes", {4, {1, 8, 8, 3}}, LM_LAYOUT_NCHW, {0, 0, 0}, LM_LAYOUT_NHWC},
    {"video", {5, {1, 8, 8, 8, 3}}, LM_LAYOUT_AUTO, {0, 0, 0}, LM_LAYOUT_NHWC},
    {"empty", {4, {1, 0, 8, 3}}, LM_LAYOUT_AUTO, {0, 0, 0}, LM_LAYOUT_NHWC},
    {"huge", {4, {1, 100000, 100000, 3}}, LM_LAYOUT_AUTO, {0, 0, 0}, LM_LAYOUT_NHWC},
    {"scalar", {0, {0}}, LM_LAYOUT_AUTO, {0, 0, 0}, LM_LAYOUT_NHWC},
};

static void shapes(void** state) {
  (void)state;
  for (size_t i = 0; i < sizeof kShapes / sizeof *kShapes; ++i) {
    const shape_case* t = &kShapes[i];
    lm_geometry g;
    lm_layout layout;
    lm_error err = LM_ERROR_INIT;
    const lm_status status = lm_input_geometry(&t->shape, t->wanted, &g, &layout, &err);
    if (t->want.width == 0) {
      if (status != LM_BAD_INPUT || strstr(err.message, "is no image") == NULL) {
        fail_msg("%s: status %d, '%s'", t->name, status, err.message);
      }
    } else if (status != LM_OK || memcmp(&g, &t->want, sizeof g) != 0 || layout != t->layout) {
      fail_msg("%s: status %d, %d x %d x %d layout %d", t->name, status, g.width, g.height,
               g.channels, layout);
    }
  }
}

static lm_tensor input_of(lm_type type, int32_t channels, const float* scale, const int32_t* zero) {
  lm_tensor t = {.type = type, .shape = {4, {1, 2, 2, channels}}};
  if (scale != NULL) t.quantization = (lm_quantization){1, 0, scale, zero};
  return t;
}

static lm_preprocess recipe(const lm_preprocess_options* options, const lm_tensor* input,
                            const lm_model_normalization* metadata) {
  static const lm_model_normalization kNone = {0};
  lm_preprocess p;
  lm_error err = LM_ERROR_INIT;
  const lm_status status =
      lm_preprocess_init(&p, options, input, metadata != NULL ? metadata : &kNone, &err);
  if (status != LM_OK) fail_msg("%s", err.message);
  return p;
}

// Bit for bit, and in float32 at each step: the constants are what numpy's float32 gives.
static void float_values(void** state) {
  (void)state;
  const lm_tensor input = input_of(LM_FLOAT32, 3, NULL, NULL);
  lm_preprocess p = recipe(&kDefaults, &input, NULL);
  assert_int_equal(p.source, LM_VALUES_DEFAULT);
  static const uint8_t kPixels[12] = {0, 1, 2, 127, 128, 129, 253, 254, 255, 10, 20, 30};
  static const float kWant[12] = {-0x1p0f,         -0x1.fbfbfcp-1f, -0x1.f7f7f8p-1f,
                                  -0x1.010102p-8f, 0x1.010102p-8f,  0x1.818182p-7f,
                                  0x1.f7f7f8p-1f,  0x1.fbfbfcp-1f,  0x1p0f,
                                  -0x1.d7d7d8p-1f, -0x1.afafbp-1f,  -0x1.878788p-1f};
  float got[12];
  lm_preprocess_values(&p, kPixels, got);
  for (int i = 0; i < 12; ++i) {
    const volatile float centered = (float)kPixels[i] - 127.5f;
    const volatile float value = centered / 127.5f;
    const float want = value;
    assert_memory_equal(&got[i], &want, sizeof want);
  }
  assert_memory_equal(got, kWant, sizeof kWant);
}

static void metadata_and_flags(void** state) {
  (void)state;
  const lm_tensor input = input_of(LM_FLOAT32, 3, NULL, NULL);
  const lm_model_normalization one = {true, 1, {0}, {255}};
  const lm_model_normalization three = {true, 3, {1, 2, 3}, {10, 20, 30}};
  lm_preprocess p = recipe(&kDefaults, &input, &one);
  assert_int_equal(p.source, LM_VALUES_METADATA);
  assert_true(p.float_table[2][255] == 1.0f);
  p = recipe(&kDefaults, &input, &three);
  assert_true(p.float_table[1][22] == 1.0f);
  lm_preprocess_options options = kDefaults;
  options.mean_count = 3;
  options.mean[0] = 5, options.mean[1] = 6, options.mean[2] = 7;
  p = recipe(&options, &input, &three);
  assert_int_equal(p.source, LM_VALUES_FLAGS);
  assert_true(p.float_table[2][8] == 1.0f);
  assert_true(p.float_table[0][5] == 0.0f);
  options.mean_count = 0;
  options.std_count = 1;
  options.std[0] = 4;
  p = recipe(&options, &input, NULL);
  assert_true(p.float_table[1][8] == 2.0f);
}

static void integer_values(void** state) {
  (void)state;
  static const float kScale = 1.0f / 255, kHalf = 0.5f;
  static const int32_t kLow = -128, kZero = 3;
  static const uint8_t kPixels[4] = {0, 127, 128, 255};
  uint8_t bytes[4];
  // Plain pixels, whatever the scale says and the metadata want.
  const lm_model_normalization metadata = {true, 1, {0}, {255}};
  const lm_tensor u8 = input_of(LM_UINT8, 1, &kHalf, &kZero);
  lm_preprocess p = recipe(&kDefaults, &u8, &metadata);
  assert_true(p.raw_pixels);
  lm_preprocess_values(&p, kPixels, bytes);
  assert_memory_equal(bytes, kPixels, 4);
  const lm_tensor s8 = input_of(LM_INT8, 1, &kScale, &kLow);
  p = recipe(&kDefaults, &s8, NULL);
  int8_t signed_bytes[4];
  lm_preprocess_values(&p, kPixels, signed_bytes);
  static const int8_t kWant[4] = {-128, -1, 0, 127};
  assert_memory_equal(signed_bytes, kWant, 4);
  // By scale and zero point: the same here, by another way.
  lm_preprocess_options options = kDefaults;
  options.std_count = 1;
  options.std[0] = 255;
  p = recipe(&options, &s8, NULL);
  assert_false(p.raw_pixels);
  lm_preprocess_values(&p, kPixels, signed_bytes);
  assert_memory_equal(signed_bytes, kWant, 4);
  // (pixel - 100) / 2 at scale 0.5, zero 3: halves away from zero, and clamped.
  options.mean_count = 1;
  options.mean[0] = 100;
  options.std[0] = 4;
  p = recipe(&options, &u8, NULL);
  assert_int_equal(p.integer_table[0][0], 0);  // -50 + 3
  assert_int_equal(p.integer_table[0][100], 3);
  assert_int_equal(p.integer_table[0][101], 4);   // 0.5 -> 1
  assert_int_equal(p.integer_table[0][99], 2);    // -0.5 -> -1
  assert_int_equal(p.integer_table[0][255], 81);  // 77.5 -> 78
  options.std[0] = 0.01f;
  p = recipe(&options, &u8, NULL);
  assert_int_equal(p.integer_table[0][255], 255);
  const lm_tensor s16 = input_of(LM_INT16, 1, &kScale, &kZero);
  p = recipe(&kDefaults, &s16, NULL);
  assert_int_equal(p.integer_table[0][255], 258);
  assert_int_equal(p.integer_table[0][0], -252);
}

static void refusals(void** state) {
  (void)state;
  static const lm_model_normalization kNone = {0};
  lm_preprocess p;
  lm_error err = LM_ERROR_INIT;
  const lm_tensor wide = input_of(LM_INT32, 3, NULL, NULL);
  assert_int_equal(lm_preprocess_init(&p, &kDefaults, &wide, &kNone, &err), LM_BAD_INPUT);
  lm_error_clear(&err);
  lm_preprocess_options options = kDefaults;
  options.mean_count = 3;
  const lm_tensor grey = input_of(LM_FLOAT32, 1, NULL, NULL);
  assert_int_equal(lm_preprocess_init(&p, &options, &grey, &kNone, &err), LM_INVALID_ARGUMENT);
  lm_error_clear(&err);
  const lm_tensor bare = input_of(LM_INT8, 3, NULL, NULL);
  assert_int_equal(lm_preprocess_init(&p, &options, &bare, &kNone, &err), LM_BAD_INPUT);
  lm_error_clear(&err);
  lm_tensor batch = input_of(LM_FLOAT32, 3, NULL, NULL);
  batch.shape.dims[0] = 2;
  assert_int_equal(lm_preprocess_init(&p, &kDefaults, &batch, &kNone, &err), LM_BAD_INPUT);
}

static void layouts_and_channel_order(void** state) {
  (void)state;
  static const uint8_t kPixels[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  static const uint8_t kBgr[12] = {3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10};
  static const uint8_t kPlanes[12] = {1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12};
  uint8_t got[12];
  lm_tensor input = input_of(LM_UINT8, 3, NULL, NULL);
  lm_preprocess_options options = kDefaults;
  options.bgr = true;
  lm_preprocess p = recipe(&options, &input, NULL);
  lm_preprocess_values(&p, kPixels, got);
  assert_memory_equal(got, kBgr, 12);
  input.shape = (lm_shape){4, {1, 3, 2, 2}};
  p = recipe(&kDefaults, &input, NULL);
  assert_int_equal(p.layout, LM_LAYOUT_NCHW);
  lm_preprocess_values(&p, kPixels, got);
  assert_memory_equal(got, kPlanes, 12);
}

// A picture of 8 x 4 whose red channel is its column and whose green channel is its row.
static void fill_picture(uint8_t pixels[8 * 4 * 3]) {
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 8; ++x) {
      uint8_t* p = pixels + (y * 8 + x) * 3;
      p[0] = (uint8_t)(x * 10);
      p[1] = (uint8_t)(y * 10);
      p[2] = 0;
    }
  }
}

static void crops(void** state) {
  (void)state;
  uint8_t pixels[8 * 4 * 3], out[8 * 4 * 3];
  fill_picture(pixels);
  const lm_image image = {.width = 8, .height = 4, .pixels = pixels};
  lm_preprocess_options options = kDefaults;
  lm_error err = LM_ERROR_INIT;
  bool resampled;
  // Half of each side: 4 x 2 pixels from column 2, row 1, copied because the size is right.
  options.crop = 0.5;
  const lm_geometry half = {4, 2, 3};
  assert_int_equal(lm_preprocess_pixels(&options, &half, &image, out, &resampled, &err), LM_OK);
  assert_true(resampled);
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 4; ++x) {
      assert_int_equal(out[(y * 4 + x) * 3], (x + 2) * 10);
      assert_int_equal(out[(y * 4 + x) * 3 + 1], (y + 1) * 10);
    }
  }
  // A square out of the middle.
  options = kDefaults;
  options.keep_aspect = true;
  const lm_geometry square = {4, 4, 3};
  assert_int_equal(lm_preprocess_pixels(&options, &square, &image, out, &resampled, &err), LM_OK);
  assert_int_equal(out[0], 20);
  assert_int_equal(out[3 * 3], 50);
  // The size is right already: neither cropped nor resampled, whatever the options say.
  options.crop = 0.5;
  const lm_geometry same = {8, 4, 3};
  assert_int_equal(lm_preprocess_pixels(&options, &same, &image, out, &resampled, &err), LM_OK);
  assert_false(resampled);
  assert_memory_equal(out, pixels, sizeof pixels);
  options.resize = LM_RESIZE_NONE;
  assert_int_equal(lm_preprocess_pixels(&options, &same, &image, out, &resampled, &err), LM_OK);
  assert_int_equal(lm_preprocess_pixels(&options, &half, &image, out, &resampled, &err),
                   LM_BAD_INPUT);
}

// A crop that leaves next to nothing still leaves a pixel.
static void tiny_crop(void** state) {
  (void)state;
  uint8_t pixels[8 * 4 * 3], out[3];
  fill_picture(pixels);
  const lm_image image = {.width = 8, .height = 4, .pixels = pixels};
  lm_preprocess_options options = {.crop = 0.01, .keep_aspect = true};
  const lm_geometry one = {1, 1, 3};
  lm_error err = LM_ERROR_INIT;
  bool resampled;
  assert_int_equal(lm_preprocess_pixels(&options, &one, &image, out, &resampled, &err), LM_OK);
  assert_in_range(out[0], 30, 40);
}

static void ranges(void** state) {
  (void)state;
  static const float kUnit = 1.0f / 255, kSigned = 2.0f / 255, kOdd = 0.0186311156f;
  static const int32_t kLow = -128, kMiddle = 127, kOddZero = -14;
  lm_pixel_range range;
  lm_tensor input = input_of(LM_INT8, 3, &kUnit, &kLow);
  lm_preprocess p = recipe(&kDefaults, &input, NULL);
  assert_true(lm_preprocess_range(&p, &range));
  assert_true(range.usual && range.low == 0 && range.high == 1);
  input = input_of(LM_UINT8, 3, &kSigned, &kMiddle);
  p = recipe(&kDefaults, &input, NULL);
  assert_true(lm_preprocess_range(&p, &range));
  assert_true(range.usual && range.low == -1 && range.high == 1);
  input = input_of(LM_INT8, 3, &kOdd, &kOddZero);
  p = recipe(&kDefaults, &input, NULL);
  assert_true(lm_preprocess_range(&p, &range));
  assert_false(range.usual);
  input = input_of(LM_FLOAT32, 3, NULL, NULL);
  p = recipe(&kDefaults, &input, NULL);
  assert_false(lm_preprocess_range(&p, &range));
}

static void descriptions_differ(void** state) {
  (void)state;
  const lm_tensor input = input_of(LM_FLOAT32, 3, NULL, NULL);
  char first[512], second[512];
  lm_preprocess p = recipe(&kDefaults, &input, NULL);
  lm_preprocess_describe(&p, first, sizeof first);
  lm_preprocess_options options = kDefaults;
  options.std_count = options.mean_count = 1;
  options.std[0] = options.mean[0] = 127.5f;
  p = recipe(&options, &input, NULL);
  lm_preprocess_describe(&p, second, sizeof second);
  assert_string_equal(first, second);  // the same treatment, whoever asked for it
  options.crop = 0.875;
  p = recipe(&options, &input, NULL);
  lm_preprocess_describe(&p, second, sizeof second);
  assert_string_not_equal(first, second);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shapes),    cmocka_unit_test(float_values),
      cmocka_unit_test(refusals),  cmocka_unit_test(metadata_and_flags),
      cmocka_unit_test(crops),     cmocka_unit_test(integer_values),
      cmocka_unit_test(tiny_crop), cmocka_unit_test(layouts_and_channel_order),
      cmocka_unit_test(ranges),    cmocka_unit_test(descriptions_differ),
  };
  return cmocka_run_group_tests_name("preprocess", tests, NULL, NULL);
}
