// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cpu_features.h"
#include "isa_option.h"

static void says_what_is_left(void** state) {
  (void)state;
  char text[256];
  const lm_isa all = lm_isa_of_options(NULL);
  assert_string_equal(all.limit, "");
  assert_int_equal(all.sets, lm__cpu_features() & lm__cpu_built());
  const lm_isa scalar = lm_isa_of_options("winograd=off,isa=scalar");
  assert_string_equal(scalar.limit, "scalar");
  assert_int_equal(scalar.sets, 0);
  assert_string_equal(lm_isa_text(&scalar, text, sizeof text), "scalar");
  // "xisa=" is another key, and of two limits the delegate takes the last.
  assert_int_equal(lm_isa_of_options("xisa=scalar").sets, all.sets);
  const lm_isa last = lm_isa_of_options("isa=scalar,isa=native");
  assert_string_equal(last.limit, "native");
  assert_int_equal(last.sets, all.sets);
  // Every architecture with kernels of its own has a baseline above scalar.
  if (lm__cpu_built() != 0) assert_non_null(strchr(lm_isa_text(&all, text, sizeof text), ' '));
  assert_true(strlen(lm_isa_text(&all, text, 8)) < 8);
}

static void levels_are_consistent(void** state) {
  (void)state;
  lm__cpu_level level;
  int32_t count = 0;
  for (; lm__cpu_level_at(count, &level); ++count) {
    uint32_t mask;
    assert_int_equal(lm__cpu_isa_mask(level.name, strlen(level.name), &mask, NULL), LM_OK);
    assert_int_equal(lm__cpu_isa_require(level.name, strlen(level.name), NULL),
                     level.machine ? LM_OK : LM_UNAVAILABLE);
    // What the name says is never left out: each level allows something that the one before did
    // not.
    if (level.machine) assert_int_equal(mask != 0, count > 0);
  }
  assert_true(count >= 1);
  assert_string_equal(lm__cpu_set_name_at(0, 0), "scalar");
  assert_null(lm__cpu_set_name_at(0, 1));
  assert_string_equal(lm__cpu_set_name_at(LM_CPU_AVX2 | LM_CPU_I8MM, 2), "i8mm");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(says_what_is_left),
      cmocka_unit_test(levels_are_consistent),
  };
  return cmocka_run_group_tests_name("isa_option", tests, NULL, NULL);
}
