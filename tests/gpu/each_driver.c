// SPDX-License-Identifier: MIT
#include "each_driver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "litmark/delegates.h"

static bool is_there(const lm_delegate_vtable* vtable) {
  const lm_delegate_options options = {.struct_size = sizeof options};
  lm_error err = LM_ERROR_INIT;
  lm_delegate* delegate = NULL;
  const lm_status status = vtable->open(&options, lm_allocator_default(), &delegate, &err);
  if (status == LM_OK) vtable->close(delegate);
  if (status != LM_OK) printf("%s\n", err.message);
  return status != LM_UNAVAILABLE;  // any other failure is one of the tests
}

int each_driver(int (*run)(const lm_delegate_vtable* vtable)) {
  static const char* const kDelegates[] = {"opencl", "vulkan"};
  int failures = 0, devices = 0;
  for (size_t i = 0; i < sizeof kDelegates / sizeof kDelegates[0]; ++i) {
    const lm_delegate_vtable* vtable = lm_delegates_find(kDelegates[i]);
    if (vtable == NULL || !is_there(vtable)) continue;
    ++devices;
    failures += run(vtable);
  }
  return devices == 0 ? 77 : failures;
}

lm_delegate* open_driver(const lm_delegate_vtable* vtable, const char* extra) {
  const lm_delegate_options options = {.struct_size = sizeof options, .extra = extra};
  lm_error err = LM_ERROR_INIT;
  lm_delegate* delegate = NULL;
  if (vtable->open(&options, lm_allocator_default(), &delegate, &err) != LM_OK) {
    fail_msg("%s: %s", vtable->name, err.message);
  }
  return delegate;
}
