// SPDX-License-Identifier: MIT
#include "scores.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static lm_tensor vector(lm_type type, void* data, int32_t count) {
  return (lm_tensor){.type = type, .shape = {2, {1, count}}, .data = data};
}

static void lowest_index_wins(void** state) {
  (void)state;
  uint8_t scores[] = {3, 200, 7, 200, 200, 0};
  const lm_tensor t = vector(LM_UINT8, scores, 6);
  lm_ranking r;
  lm_scores_rank(&t, 6, 3, &r);
  assert_int_equal(r.top1, 1);
  assert_int_equal(r.rank, 1);
  assert_int_equal(r.tied, 3);
  assert_true(r.label_tied);
  lm_scores_rank(&t, 6, 1, &r);
  assert_int_equal(r.rank, 0);
  assert_true(r.label_tied);
  lm_scores_rank(&t, 6, 5, &r);
  assert_int_equal(r.rank, 5);
  assert_false(r.label_tied);
}

static void all_equal(void** state) {
  (void)state;
  int8_t scores[] = {-128, -128, -128};
  const lm_tensor t = vector(LM_INT8, scores, 3);
  lm_ranking r;
  lm_scores_rank(&t, 3, 2, &r);
  assert_int_equal(r.top1, 0);
  assert_int_equal(r.rank, 2);
  assert_int_equal(r.tied, 3);
}

static void not_a_number(void** state) {
  (void)state;
  float scores[] = {NAN, -INFINITY, -2.0f, NAN};
  const lm_tensor t = vector(LM_FLOAT32, scores, 4);
  lm_ranking r;
  lm_scores_rank(&t, 4, 2, &r);
  assert_int_equal(r.top1, 2);
  assert_int_equal(r.rank, 0);
  assert_int_equal(r.tied, 1);
  assert_true(r.not_a_number);
  lm_scores_rank(&t, 4, 0, &r);
  assert_int_equal(r.rank, 4);
  float nothing[] = {NAN, NAN};
  const lm_tensor n = vector(LM_FLOAT32, nothing, 2);
  lm_scores_rank(&n, 2, 0, &r);
  assert_int_equal(r.top1, -1);
  assert_int_equal(r.rank, 2);
}

static void minus_infinity_everywhere(void** state) {
  (void)state;
  float scores[] = {-INFINITY, -INFINITY};
  const lm_tensor t = vector(LM_FLOAT32, scores, 2);
  lm_ranking r;
  lm_scores_rank(&t, 2, 0, &r);
  assert_int_equal(r.top1, 0);
  assert_int_equal(r.tied, 2);
  assert_int_equal(r.rank, 0);
}

static void score_is_dequantized(void** state) {
  (void)state;
  static const float kScale = 0.5f;
  static const int32_t kZero = -3;
  int8_t scores[] = {-3, 1};
  lm_tensor t = vector(LM_INT8, scores, 2);
  t.quantization = (lm_quantization){1, 0, &kScale, &kZero};
  lm_ranking r;
  lm_scores_rank(&t, 2, 0, &r);
  assert_int_equal(r.top1, 1);
  assert_true(r.score == 2.0);
}

typedef struct shape_case {
  lm_type type;
  lm_shape shape;
  int32_t classes;  // 0: refused
} shape_case;

static const shape_case kShapes[] = {
    {LM_FLOAT32, {2, {1, 1001}}, 1001},
    {LM_INT8, {4, {1, 1, 1, 10}}, 10},
    {LM_UINT8, {4, {1, 1000, 1, 1}}, 1000},
    {LM_INT16, {1, {7}}, 7},
    {LM_FLOAT32, {4, {1, 257, 257, 21}}, 0},
    {LM_FLOAT32, {2, {2, 10}}, 0},
    {LM_FLOAT32, {2, {1, 1}}, 0},
    {LM_FLOAT32, {0, {0}}, 0},
    {LM_INT64, {2, {1, 10}}, 0},
    {LM_FLOAT32, {2, {1, 0}}, 0},
};

static void shapes(void** state) {
  (void)state;
  for (size_t i = 0; i < sizeof kShapes / sizeof *kShapes; ++i) {
    const lm_tensor t = {.type = kShapes[i].type, .shape = kShapes[i].shape};
    int32_t classes;
    lm_error err = LM_ERROR_INIT;
    const lm_status status = lm_scores_class_count(&t, &classes, &err);
    if (classes != kShapes[i].classes || (status == LM_OK) != (classes > 0)) {
      fail_msg("case %zu: status %d, %d classes, want %d", i, status, classes, kShapes[i].classes);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lowest_index_wins),    cmocka_unit_test(all_equal),
      cmocka_unit_test(not_a_number),         cmocka_unit_test(minus_infinity_everywhere),
      cmocka_unit_test(score_is_dequantized), cmocka_unit_test(shapes),
  };
  return cmocka_run_group_tests_name("scores", tests, NULL, NULL);
}
