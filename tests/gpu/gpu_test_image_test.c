// SPDX-License-Identifier: MIT
//
// Made up images (gpu_test_image.h): in range, always the same, and with what photographs have:
// smooth areas, sharp edges, light and shade.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "gpu_test_image.h"

enum { SIDE = 64, CHANNELS = 3, COUNT = SIDE * SIDE * CHANNELS, NUMBERS = 6 };

static lm_tensor tensor_of(lm_type type, size_t element) {
  return (lm_tensor){.type = type,
                     .shape = {.rank = 4, .dims = {1, SIDE, SIDE, CHANNELS}},
                     .bytes = COUNT * element};
}

static void floats_are_images(void** state) {
  (void)state;
  const lm_tensor tensor = tensor_of(LM_FLOAT32, sizeof(float));
  for (int32_t n = 0; n < NUMBERS; ++n) {
    static float image[COUNT], again[COUNT];
    lm__gpu_test_image(&tensor, n, image);
    lm__gpu_test_image(&tensor, n, again);
    assert_memory_equal(image, again, sizeof image);
    const float low = n % 2 == 0 ? 0.0f : -1.0f, range = 1.0f - low;
    float least = INFINITY, most = -INFINITY, steepest = 0;
    int flat = 0;
    for (int i = 0; i < COUNT; ++i) {
      assert_true(image[i] >= low && image[i] <= 1.0f);
      least = fminf(least, image[i]);
      most = fmaxf(most, image[i]);
      if (i % (SIDE * CHANNELS) < CHANNELS) continue;
      const float step = fabsf(image[i] - image[i - CHANNELS]) / range;
      steepest = fmaxf(steepest, step);
      flat += step < 0.05f;
    }
    assert_true(least < low + 0.25f * range && most > low + 0.6f * range);
    assert_true(steepest > 0.15f);      // an edge
    assert_true(flat > COUNT * 3 / 4);  // and little else
  }
}

static void images_differ(void** state) {
  (void)state;
  const lm_tensor tensor = tensor_of(LM_FLOAT32, sizeof(float));
  static float images[NUMBERS][COUNT];
  for (int32_t n = 0; n < NUMBERS; ++n) {
    lm__gpu_test_image(&tensor, n, images[n]);
    for (int32_t k = n % 2; k < n; k += 2) {
      double sum = 0;
      for (int i = 0; i < COUNT; ++i) sum += fabs((double)images[n][i] - images[k][i]);
      assert_true(sum / COUNT > 0.05);
    }
  }
}

static void bytes_span_their_range(void** state) {
  (void)state;
  static uint8_t as_uint8[COUNT];
  static int8_t as_int8[COUNT];
  const lm_tensor a = tensor_of(LM_UINT8, 1), b = tensor_of(LM_INT8, 1);
  lm__gpu_test_image(&a, 0, as_uint8);
  lm__gpu_test_image(&b, 0, as_int8);
  int least = 255, most = 0;
  for (int i = 0; i < COUNT; ++i) {
    assert_int_equal(as_int8[i] + 128, as_uint8[i]);
    least = as_uint8[i] < least ? as_uint8[i] : least;
    most = as_uint8[i] > most ? as_uint8[i] : most;
  }
  assert_true(least < 64 && most > 150);
}

// What are indices, or lengths, is in range as 0; a vector has no edges.
static void other_tensors(void** state) {
  (void)state;
  int32_t indices[COUNT];
  memset(indices, 0x55, sizeof indices);
  const lm_tensor integers = tensor_of(LM_INT32, sizeof(int32_t));
  lm__gpu_test_image(&integers, 3, indices);
  for (int i = 0; i < COUNT; ++i) assert_int_equal(indices[i], 0);
  float noise[100];
  const lm_tensor vector = {
      .type = LM_FLOAT32, .shape = {.rank = 2, .dims = {1, 100}}, .bytes = sizeof noise};
  lm__gpu_test_image(&vector, 1, noise);
  int negative = 0;
  for (int i = 0; i < 100; ++i) {
    assert_true(noise[i] >= -1.0f && noise[i] <= 1.0f);
    negative += noise[i] < 0;
  }
  assert_in_range(negative, 25, 75);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(floats_are_images),
      cmocka_unit_test(images_differ),
      cmocka_unit_test(bytes_span_their_range),
      cmocka_unit_test(other_tensors),
  };
  return cmocka_run_group_tests_name("test image", tests, NULL, NULL);
}
