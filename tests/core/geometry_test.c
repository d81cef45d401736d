// SPDX-License-Identifier: MIT
//
// delegates/common/geometry.h: what each kind of node gives, in numbers that were worked out by
// hand.
#include "geometry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static lm_tensor images(int32_t n, int32_t h, int32_t w, int32_t c) {
  return (lm_tensor){.type = LM_FLOAT32, .shape = {4, {n, h, w, c}}};
}

static void expect(const lm__geometry* got, const lm__geometry* want) {
  assert_int_equal(got->batches, want->batches);
  assert_int_equal(got->in_h, want->in_h);
  assert_int_equal(got->in_w, want->in_w);
  assert_int_equal(got->in_c, want->in_c);
  assert_int_equal(got->out_h, want->out_h);
  assert_int_equal(got->out_w, want->out_w);
  assert_int_equal(got->out_c, want->out_c);
  assert_int_equal(got->filter_h, want->filter_h);
  assert_int_equal(got->filter_w, want->filter_w);
  assert_int_equal(got->stride_h, want->stride_h);
  assert_int_equal(got->stride_w, want->stride_w);
  assert_int_equal(got->dilation_h, want->dilation_h);
  assert_int_equal(got->dilation_w, want->dilation_w);
  assert_int_equal(got->pad_h, want->pad_h);
  assert_int_equal(got->pad_w, want->pad_w);
}

// Rows: 3 taps two apart span 5; columns: the last of 4 windows of 5 begins at 6 and ends at 11.
static void test_convolution(void** state) {
  (void)state;
  const lm_tensor input = images(2, 7, 8, 3), filter = images(16, 3, 5, 3);
  const lm_tensor output = images(2, 7, 4, 16);
  const lm_conv_options options = {
      .padding = LM_PADDING_SAME, .stride_h = 1, .stride_w = 2, .dilation_h = 2, .dilation_w = 1};
  const lm__geometry want = {2, 7, 8, 3, 7, 4, 16, 3, 5, 1, 2, 2, 1, 2, 1};
  lm__geometry g;
  assert_int_equal(lm__geometry_of_conv(&input, &filter, &output, &options, &g, NULL), LM_OK);
  expect(&g, &want);
}

static void test_padding_in_front_is_taken_along(void** state) {
  (void)state;
  const lm_tensor unpadded = images(1, 2, 4, 3), padded = images(1, 5, 7, 3);
  const lm_tensor filter = images(8, 3, 3, 3), output = images(1, 2, 3, 8);
  const lm_conv_options options = {
      .padding = LM_PADDING_VALID, .stride_h = 2, .stride_w = 2, .dilation_h = 1, .dilation_w = 1};
  const lm__geometry want = {1, 2, 4, 3, 2, 3, 8, 3, 3, 2, 2, 1, 1, 1, 2};
  lm__geometry g;
  assert_int_equal(lm__geometry_of_conv(&padded, &filter, &output, &options, &g, NULL), LM_OK);
  lm__geometry_take_padding(&g, &unpadded, 1, 2);
  expect(&g, &want);
}

// From the output of 9 rows and stride 2, SAME, back to 5: the last window of 4 begins at 8.
static void test_transposed_convolution(void** state) {
  (void)state;
  const lm_tensor input = images(1, 5, 5, 6), filter = images(2, 4, 2, 6);
  const lm_tensor output = images(1, 9, 10, 2);
  const lm_conv_options options = {.padding = LM_PADDING_SAME, .stride_h = 2, .stride_w = 2};
  const lm__geometry want = {1, 5, 5, 6, 9, 10, 2, 4, 2, 2, 2, 1, 1, 1, 0};
  lm__geometry g;
  assert_int_equal(lm__geometry_of_transpose_conv(&input, &filter, &output, &options, &g, NULL),
                   LM_OK);
  expect(&g, &want);
}

static void test_pool(void** state) {
  (void)state;
  const lm_tensor input = images(3, 6, 6, 4), output = images(3, 3, 2, 4);
  const lm_pool_options options = {
      .padding = LM_PADDING_SAME, .stride_h = 2, .stride_w = 3, .filter_h = 5, .filter_w = 3};
  const lm__geometry want = {3, 6, 6, 4, 3, 2, 4, 5, 3, 2, 3, 1, 1, 1, 0};
  lm__geometry g;
  assert_int_equal(lm__geometry_of_pool(&input, &output, &options, &g, NULL), LM_OK);
  expect(&g, &want);
}

static void test_rows(void** state) {
  (void)state;
  const lm_tensor input = {.type = LM_FLOAT32, .shape = {3, {2, 3, 10}}};
  const lm_tensor filter = {.type = LM_FLOAT32, .shape = {2, {7, 5}}};
  const lm__geometry want = {12, 1, 1, 5, 1, 1, 7, 1, 1, 1, 1, 1, 1, 0, 0};
  const lm__geometry g = lm__geometry_of_rows(&input, &filter);
  expect(&g, &want);
}

static void test_window_without_room_is_refused(void** state) {
  (void)state;
  const lm_tensor input = images(1, 2, 9, 1), filter = images(1, 3, 3, 1);
  const lm_tensor output = images(1, 1, 7, 1);
  const lm_conv_options options = {
      .padding = LM_PADDING_VALID, .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1};
  lm__geometry g;
  assert_int_equal(lm__geometry_of_conv(&input, &filter, &output, &options, &g, NULL),
                   LM_BAD_MODEL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_convolution),
      cmocka_unit_test(test_padding_in_front_is_taken_along),
      cmocka_unit_test(test_transposed_convolution),
      cmocka_unit_test(test_pool),
      cmocka_unit_test(test_rows),
      cmocka_unit_test(test_window_without_room_is_refused),
  };
  return cmocka_run_group_tests_name("geometry", tests, NULL, NULL);
}
