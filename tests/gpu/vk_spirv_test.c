// SPDX-License-Identifier: MIT
//
// Every shader of the build: spirv-val accepts it, and a device with every feature takes it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "vk_spirv.h"

static const lm__vk_features kEverything = {.storage16 = true,
                                            .storage8 = true,
                                            .float16 = true,
                                            .int8 = true,
                                            .integer_dot = true,
                                            .memory_model = true,
                                            .matrix_nv = true};

static void test_choice(void** state) {
  (void)state;
  int dots = 0;
  int32_t i = 0;
  for (const lm__vk_spirv* s; (s = lm__vk_spirv_at(i)) != NULL; ++i) {
    assert_ptr_equal(lm__vk_spirv_find(s->name, s->type), s);
    const lm__vk_words best = lm__vk_spirv_choose(s, &kEverything);
    if (best.bytes == 0) fail_msg("%s needs a feature that no device has", s->name);
    assert_ptr_equal(best.words, s->dot.bytes > 0 ? s->dot.words : s->plain.words);
    lm__vk_features features = kEverything;
    features.integer_dot = features.matrix_nv = false;
    const lm__vk_words portable = lm__vk_spirv_choose(s, &features);
    if (portable.bytes > 0) assert_ptr_equal(portable.words, s->plain.words);
    dots += s->dot.bytes > 0;
    const int32_t buffers = lm__vk_spirv_buffers(best);
    if (buffers < 1 || buffers > LM_GPU_MAX_ARGS) fail_msg("%s: %d buffers", s->name, buffers);
  }
  assert_true(i > 10);
  assert_true(dots > 0);
  assert_null(lm__vk_spirv_find("copy_scaled", LM_GPU_I8));
  // Half floats and bytes are refused where the device cannot store them.
  const lm__vk_features none = {0};
  const lm__vk_spirv* half = lm__vk_spirv_find("copy_scaled", LM_GPU_F16);
  assert_non_null(half);
  assert_int_equal(lm__vk_spirv_choose(half, &none).bytes, 0);
}

static void validate(const char* path, const lm__vk_spirv* s, lm__vk_words code) {
  FILE* file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(code.words, 1, code.bytes, file), code.bytes);
  assert_int_equal(fclose(file), 0);
  char command[128];
  snprintf(command, sizeof command, "spirv-val --target-env vulkan1.1 %s", path);
  if (system(command) != 0) fail_msg("%s of type %d is refused", s->name, (int)s->type);
}

static void test_spirv_val(void** state) {
  (void)state;
  if (system("spirv-val --version >/dev/null 2>&1") != 0) {
    print_message("spirv-val is not installed\n");
    skip();
  }
  char path[] = "/tmp/litmark_spirv_XXXXXX";
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  for (int32_t i = 0; lm__vk_spirv_at(i) != NULL; ++i) {
    const lm__vk_spirv* s = lm__vk_spirv_at(i);
    validate(path, s, s->plain);
    if (s->dot.bytes > 0) validate(path, s, s->dot);
  }
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_choice),
      cmocka_unit_test(test_spirv_val),
  };
  return cmocka_run_group_tests_name("vk_spirv", tests, NULL, NULL);
}
