// SPDX-License-Identifier: MIT
//
// The device that device_test.c checks: each driver links a factory of its own.
#ifndef LITMARK_TESTS_GPU_DEVICE_FACTORY_H_
#define LITMARK_TESTS_GPU_DEVICE_FACTORY_H_

#include "gpu_device.h"
#include "gpu_options.h"

/// Opens the driver's default device with these options.
/// @retval LM_UNAVAILABLE  there is none: the test is skipped.
lm_status device_factory_open(const lm__gpu_options* options, lm_allocator allocator,
                              lm__gpu_device** out_device, lm_error* err);

#endif  // LITMARK_TESTS_GPU_DEVICE_FACTORY_H_
