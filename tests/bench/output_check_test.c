// SPDX-License-Identifier: MIT
//
// The comparison with the reference kernels, with references that were tampered with.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "output_check.h"

#define FLOAT_MODEL LM_GLYPHS "/glyphs_float32.tflite"
#define INT8_MODEL LM_GLYPHS "/glyphs_int8.tflite"

typedef struct fixture {
  bench_options options;
  bench_config config;
  lm_session session;
  bench_reference reference;
} fixture;

static void open_fixture(fixture* f, const char* model) {
  *f = (fixture){.options = {.seed = 3}};
  f->config =
      (bench_config){.options = &f->options, .model = model, .delegate = "reference", .threads = 1};
  lm_error err = LM_ERROR_INIT;
  if (bench_session_open(&f->config, &f->session, &err) != LM_OK ||
      bench_session_plan(&f->config, &f->session, &err) != LM_OK ||
      lm_interpreter_invoke(f->session.interpreter, &err) != LM_OK ||
      bench_reference_make(&f->config, &f->reference, &err) != LM_OK) {
    fail_msg("%s: %s", model, err.message);
  }
  assert_int_equal(f->reference.count, 1);
}

static void close_fixture(fixture* f) {
  bench_reference_free(&f->reference);
  lm_session_close(&f->session);
}

static void expect(const fixture* f, double tolerance, bench_check_status status,
                   int64_t mismatched) {
  bench_check check;
  bench_check_outputs(&f->session, &f->reference, tolerance, &check);
  assert_int_equal(check.elements, 36);
  assert_int_equal(check.mismatched, mismatched);
  assert_int_equal(check.status, status);
}

static void floats(void** state) {
  (void)state;
  fixture f;
  open_fixture(&f, FLOAT_MODEL);
  expect(&f, 0, BENCH_CHECK_MATCH, 0);
  float* want = f.reference.data[0];
  float largest = 0;
  for (int i = 0; i < 36; ++i) largest = fmaxf(largest, fabsf(want[i]));
  const float kept = want[5];
  want[5] = kept + 5e-6f * largest;  // inside 1e-5 of the largest, whatever its own size
  expect(&f, -1, BENCH_CHECK_MATCH, 0);
  expect(&f, 1e-6, BENCH_CHECK_MISMATCH, 1);
  want[5] = kept + 2e-5f * largest;
  expect(&f, -1, BENCH_CHECK_MISMATCH, 1);
  want[5] = NAN;
  expect(&f, -1, BENCH_CHECK_MISMATCH, 1);
  want[5] = INFINITY;
  expect(&f, -1, BENCH_CHECK_MISMATCH, 1);
  want[5] = kept;
  // A NaN on both sides is the same answer.
  float* got = (float*)lm_interpreter_output(f.session.interpreter, 0)->data;
  want[7] = got[7] = NAN;
  expect(&f, -1, BENCH_CHECK_MATCH, 0);
  close_fixture(&f);
}

static void integers(void** state) {
  (void)state;
  fixture f;
  open_fixture(&f, INT8_MODEL);
  expect(&f, -1, BENCH_CHECK_MATCH, 0);
  int8_t* want = f.reference.data[0];
  want[0] = (int8_t)(want[0] ^ 1);
  want[35] = (int8_t)(want[35] ^ 1);
  expect(&f, 1, BENCH_CHECK_MISMATCH, 2);  // integers know no tolerance
  bench_check check;
  bench_check_outputs(&f.session, &f.reference, -1, &check);
  assert_true(check.max_abs == 1);
  f.reference.bytes[0] = 35;
  bench_check_outputs(&f.session, &f.reference, -1, &check);
  assert_int_equal(check.status, BENCH_CHECK_MISMATCH);
  close_fixture(&f);
}

static void seeds_and_shapes(void** state) {
  (void)state;
  fixture a, b;
  open_fixture(&a, FLOAT_MODEL);
  open_fixture(&b, FLOAT_MODEL);
  const lm_tensor* x = lm_interpreter_input(a.session.interpreter, 0);
  const lm_tensor* y = lm_interpreter_input(b.session.interpreter, 0);
  assert_memory_equal(x->data, y->data, x->bytes);
  lm_session_close(&b.session);
  char name[64];
  snprintf(name, sizeof name, "%.40s=2,32,32,1", x->def->name);
  char* items[] = {name};
  b.options.seed = 4;
  b.options.input_shapes = (lm_list){.items = items, .count = 1};
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(bench_session_open(&b.config, &b.session, &err), LM_OK);
  assert_int_equal(bench_session_plan(&b.config, &b.session, &err), LM_OK);
  y = lm_interpreter_input(b.session.interpreter, 0);
  assert_int_equal(y->bytes, 2 * x->bytes);
  assert_memory_not_equal(x->data, y->data, x->bytes);
  close_fixture(&a);
  close_fixture(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(floats),
      cmocka_unit_test(integers),
      cmocka_unit_test(seeds_and_shapes),
  };
  return cmocka_run_group_tests_name("output_check", tests, NULL, NULL);
}
