// SPDX-License-Identifier: MIT
#include "resize.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void check(const uint8_t* got, const uint8_t* want, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (got[i] != want[i]) fail_msg("value %zu: got %d, want %d", i, got[i], want[i]);
  }
}

static void resize(const uint8_t* pixels, int32_t width, int32_t height, int32_t channels,
                   int32_t to_width, int32_t to_height, bool antialias, uint8_t* out) {
  const lm_pixels in = {pixels, width, height, channels, (int64_t)width * channels};
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm_resize_bilinear(&in, to_width, to_height, antialias, out, &err), LM_OK);
}

static void same_size_is_copied(void** state) {
  (void)state;
  uint8_t pixels[5 * 8], out[3 * 3];
  for (int i = 0; i < 40; ++i) pixels[i] = (uint8_t)(i * 6);
  // A window of 3 x 3 inside rows of 8 bytes.
  const lm_pixels in = {pixels + 9, 3, 3, 1, 8};
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm_resize_bilinear(&in, 3, 3, true, out, &err), LM_OK);
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 3; ++x) assert_int_equal(out[y * 3 + x], pixels[(y + 1) * 8 + x + 1]);
  }
}

// Centres of the output lie at 0.25, 0.75, 1.25 and 1.75 of the input.
static void doubling(void** state) {
  (void)state;
  static const uint8_t kIn[] = {0, 100}, kWant[] = {0, 25, 75, 100};
  uint8_t out[4];
  resize(kIn, 2, 1, 1, 4, 1, true, out);
  check(out, kWant, 4);
  resize(kIn, 1, 2, 1, 1, 4, false, out);
  check(out, kWant, 4);
}

// Halving with weights 1/4, 3/4, 3/4 over their sum: 240 * 0.75 / 1.75 = 102.9; without
// antialiasing the two nearest pixels: 120.
static void halving(void** state) {
  (void)state;
  static const uint8_t kIn[] = {0, 0, 0, 240};
  static const uint8_t kSmooth[] = {0, 103}, kPlain[] = {0, 120};
  uint8_t out[2];
  resize(kIn, 4, 1, 1, 2, 1, true, out);
  check(out, kSmooth, 2);
  resize(kIn, 4, 1, 1, 2, 1, false, out);
  check(out, kPlain, 2);
}

// Each pass rounds: rows to 15 and 36 (35.5), then 25.5 to 26.
static void passes_round_half_up(void** state) {
  (void)state;
  static const uint8_t kIn[] = {10, 20, 30, 41};
  uint8_t out;
  resize(kIn, 2, 2, 1, 1, 1, true, &out);
  assert_int_equal(out, 26);
}

// Pillow's answer: Image.fromarray(a).resize((4, 11), BILINEAR).resize((4, 3), BILINEAR).
static void equal_to_pillow(void** state) {
  (void)state;
  static const uint8_t kWant[] = {124, 113, 122, 126, 111, 130, 125, 141, 117, 124, 128, 133,
                                  142, 124, 125, 132, 129, 120, 141, 115, 125, 122, 124, 119,
                                  132, 141, 123, 108, 133, 110, 145, 98,  130, 135, 98,  114};
  uint8_t in[11 * 9 * 3], out[3 * 4 * 3];
  for (int y = 0; y < 11; ++y) {
    for (int x = 0; x < 9; ++x) {
      for (int c = 0; c < 3; ++c) {
        in[(y * 9 + x) * 3 + c] = (uint8_t)((x * x * 37 + y * 101 + c * 59 + x * y * 7) % 256);
      }
    }
  }
  resize(in, 9, 11, 3, 4, 3, true, out);
  check(out, kWant, sizeof kWant);
}

static void constant_stays_constant(void** state) {
  (void)state;
  static const int32_t kSizes[] = {1, 2, 3, 7, 31, 97, 224};
  static uint8_t in[224 * 224], out[224 * 224];
  const int n = sizeof kSizes / sizeof *kSizes;
  for (int value = 0; value <= 255; value += 51) {
    memset(in, value, sizeof in);
    for (int a = 0; a < n; ++a) {
      for (int b = 0; b < n; ++b) {
        memset(out, 7, sizeof out);
        resize(in, kSizes[a], kSizes[b], 1, kSizes[b], kSizes[a], (a + b) % 2 == 0, out);
        for (int i = 0; i < kSizes[a] * kSizes[b]; ++i) {
          if (out[i] != value) {
            fail_msg("%d x %d: value %d at %d, want %d", kSizes[a], kSizes[b], out[i], i, value);
          }
        }
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(same_size_is_copied),
      cmocka_unit_test(doubling),
      cmocka_unit_test(halving),
      cmocka_unit_test(passes_round_half_up),
      cmocka_unit_test(equal_to_pillow),
      cmocka_unit_test(constant_stays_constant),
  };
  return cmocka_run_group_tests_name("resize", tests, NULL, NULL);
}
