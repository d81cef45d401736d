// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "delegate_flags.h"

static void merges(void** state) {
  (void)state;
  static const struct {
    lm_delegate_flags flags;
    const char* delegate;
    bool fallback;
    const char* want;
  } cases[] = {
      {{0}, "cpu", false, NULL},
      {{.extra = "winograd=off"}, "cpu", false, "winograd=off"},
      {{.isa = "scalar"}, "cpu", false, "isa=scalar"},
      {{.isa = "scalar", .extra = ""}, "cpu", false, "isa=scalar"},
      {{.isa = "native", .extra = "winograd=off,float=exact"},
       "cpu",
       false,
       "isa=native,winograd=off,float=exact"},
      // Each delegate gets what it takes, the values included.
      {{.precision = "fp16", .quantized = "float"}, "cpu", false, NULL},
      {{.precision = "fp16", .quantized = "float"},
       "vulkan",
       false,
       "precision=fp16,quantized=float"},
      {{.precision = "fp32-split3"}, "opencl", false, NULL},
      {{.precision = "fp32-split3"}, "cpu", false, "precision=fp32-split3"},
      {{.opencl_gemm = "own", .no_tune = true}, "opencl", false, "gemm=own,tune=off"},
      {{.opencl_gemm = "own", .no_tune = true}, "vulkan", false, "tune=off"},
      {{.cache = "/c", .extra = "a=b"}, "opencl", false, "cache=/c,a=b"},
      // Behind a GPU, the cpu delegate gets nothing that was meant for the GPU.
      {{.isa = "avx2", .precision = "fp32", .cache = "/c", .extra = "a=b"},
       "cpu",
       true,
       "isa=avx2,cache=/c"},
      {{.precision = "fp16", .extra = "a=b"}, "cpu", true, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    char* got;
    assert_int_equal(
        lm_delegate_flags_merge(&cases[i].flags, cases[i].delegate, cases[i].fallback, &got, NULL),
        LM_OK);
    if (cases[i].want == NULL) {
      assert_null(got);
    } else {
      assert_non_null(got);
      assert_string_equal(got, cases[i].want);
    }
    free(got);
  }
}

static void checks(void** state) {
  (void)state;
  static const struct {
    lm_delegate_flags flags;
    const char* delegates[3];
    const char* message;  // NULL: fine
  } cases[] = {
      {{.precision = "fp16"}, {"opencl"}, NULL},
      {{.precision = "fp16"}, {"gpu"}, NULL},
      {{.precision = "fp16"}, {"cpu", "vulkan"}, NULL},
      {{.precision = "fp16"}, {"cpu"}, "--precision fp16: delegate cpu does not take it"},
      {{.precision = "fp16"}, {"cpu", "reference"}, "none of the delegates takes it"},
      {{.precision = "fp16"}, {"cpu"}, "opencl takes fp32, fp16"},
      {{.precision = "fp32-split6"}, {"gpu", "opencl"}, "cpu takes fp32, fp32-split6"},
      {{.precision = "bf16"}, {"cpu", "opencl"}, "--precision bf16"},
      {{.quantized = "int"}, {"cpu"}, "--quantized int: delegate cpu"},
      {{.quantized = "int"}, {"cpu", "gpu"}, NULL},
      {{.opencl_gemm = "clblast"}, {"vulkan"}, "opencl takes auto, own, clblast"},
      {{.opencl_gemm = "clblast"}, {"gpu"}, NULL},
      {{.no_tune = true}, {"cpu"}, "--no-tune needs the delegate opencl, vulkan"},
      {{.cache = "a,b"}, {"cpu"}, "comma"},
      {{.cache = ""}, {"cpu"}, "missing"},
      {{.cache = "a"}, {"reference"}, "--cache needs the delegate cpu, opencl, vulkan"},
      {{.isa = "scalar"}, {"reference"}, "--isa needs the delegate cpu"},
      {{.isa = "scalar"}, {"opencl"}, NULL},
      {{.isa = "scalar", .extra = "float=exact,isa=scalar"}, {"cpu"}, "give one"},
      {{.isa = "scalar", .extra = "xisa=scalar"}, {"cpu"}, NULL},
      {{.precision = "fp16", .extra = "precision=fp32"}, {"opencl"}, "give one"},
      {{.isa = "avx3"}, {"cpu"}, "avx3"},
      // A delegate that nobody knows is reported where it is opened.
      {{.precision = "fp16"}, {"cuda"}, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    int count = 0;
    while (count < 3 && cases[i].delegates[count] != NULL) ++count;
    lm_error err = LM_ERROR_INIT;
    const lm_status status =
        lm_delegate_flags_check(&cases[i].flags, cases[i].delegates, count, &err);
    if ((status == LM_OK) != (cases[i].message == NULL)) {
      fail_msg("case %zu: status %d, %s", i, (int)status, err.message);
    }
    if (cases[i].message == NULL) continue;
    assert_int_equal(status, LM_INVALID_ARGUMENT);
    if (strstr(err.message, cases[i].message) == NULL) {
      fail_msg("case %zu: '%s' is not in '%s'", i, cases[i].message, err.message);
    }
  }
}

static void variants(void** state) {
  (void)state;
  const lm_delegate_flags flags = {
      .isa = "scalar", .precision = "fp16", .no_tune = true, .extra = "winograd=off"};
  const lm_delegate_flags same = lm_delegate_flags_of_variant(&flags, NULL);
  assert_string_equal(same.extra, "winograd=off");
  assert_string_equal(same.precision, "fp16");
  const lm_delegate_flags variant = lm_delegate_flags_of_variant(&flags, "precision=fp32,tune=on");
  assert_string_equal(variant.extra, "precision=fp32,tune=on");
  assert_string_equal(variant.isa, "scalar");
  assert_null(variant.precision);
  assert_false(variant.no_tune);
}

static void says_how_it_computes(void** state) {
  (void)state;
  char text[80];
  assert_string_equal(lm_delegate_settings_text("cpu", NULL, text, sizeof text), "");
  assert_string_equal(lm_delegate_settings_text("cpu", "precision=fp32", text, sizeof text), "");
  assert_string_equal(lm_delegate_settings_text("reference", "x", text, sizeof text), "");
  assert_string_equal(lm_delegate_settings_text("opencl", "precision=fp16,quantized=float,gemm=own",
                                                text, sizeof text),
                      "fp16, quantized as float, gemm own");
  assert_true(
      strlen(lm_delegate_settings_text("opencl", "precision=fp16,quantized=float", text, 8)) < 8);
  char value[8];
  assert_true(lm_delegate_option("a=1,bb=22,a=3", "a", value, sizeof value));
  assert_string_equal(value, "3");
  assert_false(lm_delegate_option("bb=22", "b", value, sizeof value));
  assert_true(lm_delegate_option("b=0123456789", "b", value, sizeof value));
  assert_string_equal(value, "0123456");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(merges),
      cmocka_unit_test(checks),
      cmocka_unit_test(variants),
      cmocka_unit_test(says_how_it_computes),
  };
  return cmocka_run_group_tests_name("delegate_flags", tests, NULL, NULL);
}
