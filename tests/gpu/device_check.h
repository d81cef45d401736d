// SPDX-License-Identifier: MIT
//
// What the tests on a driver's device have in common. Included behind <cmocka.h>.
#ifndef LITMARK_TESTS_GPU_DEVICE_CHECK_H_
#define LITMARK_TESTS_GPU_DEVICE_CHECK_H_

#include <stdbool.h>
#include <stdio.h>

#include "device_factory.h"

/// Fails the test, with the message, where `expression` does not return LM_OK.
#define OK(expression)                                                           \
  do {                                                                           \
    lm_error err = LM_ERROR_INIT;                                                \
    const lm_status status_ = (expression);                                      \
    if (status_ != LM_OK)                                                        \
      fail_msg("%s: %s: %s", #expression, lm_status_text(status_), err.message); \
  } while (0)

/// False where there is no device, after a line that says why the tests are skipped. A device that
/// fails to open is for the tests to find.
static inline bool device_check_exists(const lm__gpu_options* options) {
  lm__gpu_device* probe = NULL;
  lm_error err = LM_ERROR_INIT;
  const lm_status status = device_factory_open(options, lm_allocator_default(), &probe, &err);
  if (status == LM_UNAVAILABLE) printf("skipped: %s\n", err.message);
  if (status == LM_OK) probe->vtable->close(probe);
  return status != LM_UNAVAILABLE;
}

#endif  // LITMARK_TESTS_GPU_DEVICE_CHECK_H_
