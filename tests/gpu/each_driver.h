// SPDX-License-Identifier: MIT
//
// Tests through the public interface, once for every GPU delegate that has a device here.
#ifndef LITMARK_TESTS_EACH_DRIVER_H_
#define LITMARK_TESTS_EACH_DRIVER_H_

#include "litmark/delegate.h"

/// Calls `run` for each; its sum, or 77 (skipped) where there is none.
int each_driver(int (*run)(const lm_delegate_vtable* vtable));

/// Opens `vtable`'s default device; a failure fails the test.
lm_delegate* open_driver(const lm_delegate_vtable* vtable, const char* extra);

#endif  // LITMARK_TESTS_EACH_DRIVER_H_
