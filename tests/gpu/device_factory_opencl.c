// SPDX-License-Identifier: MIT
#include "cl_device.h"
#include "device_factory.h"

lm_status device_factory_open(const lm__gpu_options* options, lm_allocator allocator,
                              lm__gpu_device** out_device, lm_error* err) {
  const lm_delegate_options delegate_options = {.struct_size = sizeof delegate_options};
  return lm__cl_device_open(&delegate_options, options, NULL, allocator, out_device, err);
}
