// SPDX-License-Identifier: MIT
//
// The vtable of `--delegate vulkan`: opening. The rest is shared by the GPU delegates.
#include <string.h>

#include "gpu_delegate.h"
#include "vk_device.h"

extern const lm_delegate_vtable lm_delegate_vulkan;

// Takes "validate=on" or "validate=off" out of the options, which are the driver's own, and leaves
// the others in `out`, which has room for as many characters.
static lm_status take_validate(const char* options, char* out, bool* out_validate, lm_error* err) {
  static const char kKey[] = "validate=";
  *out_validate = false;
  *out = '\0';
  for (const char* at = options; *at != '\0';) {
    const size_t length = strcspn(at, ",");
    const char* value = at + sizeof kKey - 1;
    if (strncmp(at, kKey, sizeof kKey - 1) != 0) {
      if (*out != '\0') strcat(out, ",");
      strncat(out, at, length);
    } else if (length == sizeof kKey + 1 && strncmp(value, "on", 2) == 0) {
      *out_validate = true;
    } else if (length != sizeof kKey + 2 || strncmp(value, "off", 3) != 0) {
      return LM_FAIL(err, LM_INVALID_ARGUMENT, "delegate vulkan: %.*s is unknown; known: on, off",
                     (int)(length < 40 ? length : 40), at);
    }
    at += length;
    if (*at == ',') ++at;
  }
  return LM_OK;
}

static lm_status open_with(const lm_delegate_options* options, const char* extra, bool validate,
                           lm_allocator allocator, lm_delegate** out_delegate, lm_error* err) {
  lm__gpu_options gpu;
  lm_status status = lm__gpu_options_parse("vulkan", extra, allocator, &gpu, err);
  if (status != LM_OK) return status;
  const lm__vk_config config = {
      .device = options->device,
      .timeout_seconds = gpu.timeout_seconds,
      .cache_folder = gpu.cache_folder,
      .validate = validate,
  };
  lm__gpu_device* device = NULL;
  status = lm__vk_open(&config, allocator, &device, err);
  if (status != LM_OK) {
    lm__gpu_options_deinit(&gpu, allocator);
    return status;
  }
  return lm__gpu_delegate_create(&lm_delegate_vulkan, device, &gpu, out_delegate, err);
}

static lm_status vulkan_open(const lm_delegate_options* options, lm_allocator allocator,
                             lm_delegate** out_delegate, lm_error* err) {
  *out_delegate = NULL;
  const char* extra = options->extra != NULL ? options->extra : "";
  char* rest = lm_alloc(allocator, strlen(extra) + 1);
  if (rest == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate vulkan: options");
  bool validate = false;
  lm_status status = take_validate(extra, rest, &validate, err);
  if (status == LM_OK) {
    status = open_with(options, rest, validate, allocator, out_delegate, err);
  }
  lm_free(allocator, rest);
  return status;
}

static lm_status vulkan_device_at(int32_t index, lm_device_info* out_info, lm_error* err) {
  return lm__vk_device_at(NULL, index, out_info, err);
}

const lm_delegate_vtable lm_delegate_vulkan = {
    .abi = LM_DELEGATE_ABI,
    .name = "vulkan",
    .description = "GPUs through Vulkan 1.1 compute",
    .open = vulkan_open,
    .device_at = vulkan_device_at,
    LM_GPU_DELEGATE_SLOTS,
};
