// SPDX-License-Identifier: MIT
//
// conv_matrix without matrices, on any device: its rows, channels, packing and tails are those of
// the text that is compiled for cooperative matrices.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "vk_device.h"
#include "vk_matrix.h"

static lm__gpu_device* device;

static void test_check(void** state) {
  (void)state;
  bool right = false;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm__vk_matrix_check(lm__vk(device), LM_GPU_F32, &right, &err), LM_OK);
  assert_true(right);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_check)};
  const lm__vk_config config = {.timeout_seconds = 60};
  lm_error err = LM_ERROR_INIT;
  const lm_status status = lm__vk_open(&config, lm_allocator_default(), &device, &err);
  if (status != LM_OK) {
    printf("skipped: %s\n", err.message);
    return status == LM_UNAVAILABLE ? 77 : 1;
  }
  const int failed = cmocka_run_group_tests_name("vk_matrix", tests, NULL, NULL);
  device->vtable->close(device);
  return failed;
}
