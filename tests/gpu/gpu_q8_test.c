// SPDX-License-Identifier: MIT
//
// Ops on bytes on every GPU driver that is there, against the reference kernels, byte for byte.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "litmark/delegates.h"

#include "q8_cases.h"

enum { NETS = 24 };

static void run_nets(lm_delegate* delegate, void (*run)(q8_net* q, lm_delegate* delegate)) {
  for (uint64_t seed = 0; seed < NETS; ++seed) {
    q8_net q;
    q8_init(&q, seed);
    run(&q, delegate);
    q8_deinit(&q);
  }
}

#define TEST(name) \
  static void test_##name(void** state) { run_nets(*state, q8_##name); }
Q8_CASE_LIST(TEST)

int main(void) {
  static const char* const kDelegates[] = {"opencl", "vulkan"};
  int failures = 0, devices = 0;
  for (size_t i = 0; i < sizeof kDelegates / sizeof kDelegates[0]; ++i) {
    const lm_delegate_vtable* vtable = lm_delegates_find(kDelegates[i]);
    if (vtable == NULL) continue;
    const lm_delegate_options options = {.struct_size = sizeof options};
    lm_error err = LM_ERROR_INIT;
    lm_delegate* delegate = NULL;
    const lm_status status = vtable->open(&options, lm_allocator_default(), &delegate, &err);
    if (status != LM_OK) {
      printf("%s\n", err.message);
      if (status != LM_UNAVAILABLE) ++failures;
      continue;
    }
    ++devices;
#define ENTRY(name) cmocka_unit_test_prestate(test_##name, delegate),
    const struct CMUnitTest tests[] = {Q8_CASE_LIST(ENTRY)};
    failures += cmocka_run_group_tests_name(kDelegates[i], tests, NULL, NULL);
    vtable->close(delegate);
  }
  return devices == 0 && failures == 0 ? 77 : failures;
}
