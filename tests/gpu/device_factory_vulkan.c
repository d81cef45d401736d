// SPDX-License-Identifier: MIT
#include "device_factory.h"
#include "vk_device.h"

lm_status device_factory_open(const lm__gpu_options* options, lm_allocator allocator,
                              lm__gpu_device** out_device, lm_error* err) {
  const lm__vk_config config = {
      .timeout_seconds = options->timeout_seconds,
      .cache_folder = options->cache_folder,
      // Set by CMake: the same tests under the validation layer, and as behind PCI.
      .validate = LM_TEST_VALIDATE,
      .staged = LM_TEST_STAGED,
  };
  return lm__vk_open(&config, allocator, out_device, err);
}
