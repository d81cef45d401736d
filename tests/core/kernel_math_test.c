// SPDX-License-Identifier: MIT
//
// The shared arithmetic against definitions that are written another way.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "litmark/kernel_math.h"

static uint32_t next(uint32_t* state) {  // Marsaglia 2003, xorshift32
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static void test_multiplier_is_close(void** state) {
  (void)state;
  const double reals[] = {1.0, 0.5, 0.999999999, 1e-3, 3.0, 1e-9, 0.7, 123.456};
  for (size_t i = 0; i < sizeof reals / sizeof reals[0]; ++i) {
    const lm_multiplier m = lm_multiplier_make(reals[i]);
    assert_true(m.multiplier >= 1 << 30);
    const double back = ldexp((double)m.multiplier, m.shift - 31);
    assert_true(fabs(back - reals[i]) <= reals[i] * 0x1p-31);
  }
  assert_int_equal(lm_multiplier_make(0.0).multiplier, 0);
  assert_int_equal(lm_multiplier_make(1e-12).multiplier, 0);  // shift below -31
  // Rounds up to a power of two: the mantissa must not become 2^31.
  assert_int_equal(lm_multiplier_make(1.0 - 0x1p-40).multiplier, 1 << 30);
}

static void test_srdhm_rounds_half_away(void** state) {
  (void)state;
  assert_int_equal(lm_srdhm(INT32_MIN, INT32_MIN), INT32_MAX);
  assert_int_equal(lm_srdhm(1, 1 << 30), 1);    // 0.5 -> 1
  assert_int_equal(lm_srdhm(-1, 1 << 30), 0);   // the nudge of negatives leaves -0.5 at 0
  assert_int_equal(lm_srdhm(3, 1 << 30), 2);    // 1.5 -> 2
  assert_int_equal(lm_srdhm(-3, 1 << 30), -1);  // -1.5 -> -1, see gemmlowp
  assert_int_equal(lm_srdhm(INT32_MAX, INT32_MAX), INT32_MAX - 1);
}

static void test_divide_by_pot(void** state) {
  (void)state;
  uint32_t seed = 88172645u;
  for (int i = 0; i < 100000; ++i) {
    const int32_t x = (int32_t)next(&seed);
    const int32_t e = (int32_t)(next(&seed) % 31);
    const double exact = (double)x / ldexp(1.0, e);
    assert_int_equal(lm_rounding_divide_by_pot(x, e), (int32_t)round(exact));
  }
}

// Scales whose product in float differs from that in double.
static void test_product_factor_rounds_where_it_is_asked_to(void** state) {
  (void)state;
  const float in_scale = 0.1f, weight_scales[] = {0.3f, 0.7f}, out_scale = 0.5f;
  const lm_quantization in = {.count = 1, .scales = &in_scale};
  const lm_quantization one = {.count = 1, .scales = weight_scales};
  const lm_quantization two = {.count = 2, .scales = weight_scales};
  const lm_quantization out = {.count = 1, .scales = &out_scale};
  const double exact = (double)0.1f * (double)0.7f * 2.0;
  assert_true(lm_product_factor(&in, &two, &out, 1, false) == exact);
  assert_true(lm_product_factor(&in, &two, &out, 1, true) == (double)(float)(exact / 2.0) * 2.0);
  assert_true(lm_product_factor(&in, &two, &out, 1, true) != exact);
  assert_true(lm_product_factor(&in, &one, &out, 1, false) ==
              lm_product_factor(&in, &two, &out, 0, false));
}

static void test_half_round_trip(void** state) {
  (void)state;
  for (uint32_t h = 0; h < 0x10000; ++h) {
    const float f = lm_half_to_float((uint16_t)h);
    if (isnan(f)) {
      assert_true(isnan(lm_half_to_float(lm_float_to_half(f))));
    } else {
      assert_int_equal(lm_float_to_half(f), h);
    }
  }
  assert_true(lm_half_to_float(0x3c00) == 1.0f);
  assert_true(lm_half_to_float(0x0001) == 0x1p-24f);
  assert_int_equal(lm_float_to_half(65520.0f), 0x7c00);  // ties to infinity
  assert_int_equal(lm_float_to_half(65519.0f), 0x7bff);
  assert_int_equal(lm_float_to_half(0x1p-25f), 0);                // tie to even zero
  assert_int_equal(lm_float_to_half(0x1.8p-24f), 2);              // tie to even
  assert_int_equal(lm_float_to_half(1.0f + 0x1p-11f), 0x3c00);    // tie to even
  assert_int_equal(lm_float_to_half(1.0f + 0x1.8p-10f), 0x3c02);  // tie to even, up
}

static void test_windows(void** state) {
  (void)state;
  static const struct {
    const char* name;
    lm_padding padding;
    int32_t input, filter, stride, dilation;
    int32_t output, before, after;
  } cases[] = {
      {"same_odd", LM_PADDING_SAME, 7, 3, 1, 1, 7, 1, 1},
      {"same_stride_2", LM_PADDING_SAME, 224, 3, 2, 1, 112, 0, 1},
      {"same_dilated", LM_PADDING_SAME, 10, 3, 1, 2, 10, 2, 2},
      {"same_stride_over_filter", LM_PADDING_SAME, 9, 1, 4, 1, 3, 0, 0},
      {"valid", LM_PADDING_VALID, 7, 3, 2, 1, 3, 0, 0},
      {"valid_all", LM_PADDING_VALID, 7, 7, 1, 1, 1, 0, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    lm_window w;
    lm_error err = LM_ERROR_INIT;
    if (lm_window_make(cases[i].padding, cases[i].input, cases[i].filter, cases[i].stride,
                       cases[i].dilation, &w, &err) != LM_OK ||
        w.output != cases[i].output || w.padding != cases[i].before ||
        w.padding_after != cases[i].after) {
      fail_msg("%s: output %d, padding %d and %d", cases[i].name, w.output, w.padding,
               w.padding_after);
    }
  }
  lm_window w;
  assert_int_equal(lm_window_make(LM_PADDING_VALID, 3, 5, 1, 1, &w, NULL), LM_BAD_MODEL);
  assert_int_equal(lm_window_make(LM_PADDING_SAME, 3, 3, 0, 1, &w, NULL), LM_BAD_MODEL);
  assert_int_equal(lm_window_make(LM_PADDING_SAME, 0, 3, 1, 1, &w, NULL), LM_BAD_MODEL);
  assert_int_equal(lm_window_make(LM_PADDING_SAME, 3, INT32_MAX, 1, INT32_MAX, &w, NULL),
                   LM_BAD_MODEL);
}

static void test_activation_ranges(void** state) {
  (void)state;
  int32_t low, high;
  assert_int_equal(
      lm_activation_range_quantized(LM_ACTIVATION_RELU6, LM_INT8, 0.05f, -100, &low, &high, NULL),
      LM_OK);
  assert_int_equal(low, -100);
  assert_int_equal(high, 20);
  assert_int_equal(
      lm_activation_range_quantized(LM_ACTIVATION_RELU6, LM_UINT8, 0.001f, 3, &low, &high, NULL),
      LM_OK);
  assert_int_equal(low, 3);
  assert_int_equal(high, 255);  // 6 is beyond the type
  assert_int_equal(
      lm_activation_range_quantized(LM_ACTIVATION_NONE, LM_INT16, 1.0f, 0, &low, &high, NULL),
      LM_OK);
  assert_int_equal(low, INT16_MIN);
  assert_int_equal(high, INT16_MAX);
  assert_int_equal(
      lm_activation_range_quantized(LM_ACTIVATION_TANH, LM_INT8, 1.0f, 0, &low, &high, NULL),
      LM_UNSUPPORTED);
  // A scale so small that the bound leaves every integer behind.
  assert_int_equal(
      lm_activation_range_quantized(LM_ACTIVATION_RELU6, LM_INT8, 1e-30f, 0, &low, &high, NULL),
      LM_OK);
  assert_int_equal(high, 127);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_multiplier_is_close),
      cmocka_unit_test(test_srdhm_rounds_half_away),
      cmocka_unit_test(test_divide_by_pot),
      cmocka_unit_test(test_product_factor_rounds_where_it_is_asked_to),
      cmocka_unit_test(test_half_round_trip),
      cmocka_unit_test(test_windows),
      cmocka_unit_test(test_activation_ranges),
  };
  return cmocka_run_group_tests_name("kernel_math", tests, NULL, NULL);
}
