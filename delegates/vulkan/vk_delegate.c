// SPDX-License-Identifier: MIT
//
// The vtable of `--delegate vulkan`: opening. The rest is shared by the GPU delegates.
#include <string.h>

#include "gpu_delegate.h"
#include "vk_device.h"

extern const lm_delegate_vtable lm_delegate_vulkan;

// Options of this driver alone.
typedef struct own_options {
  bool validate;  // validate=on: under the validation layer, whose messages are failures
  bool portable;  // portable=on: shaders as for devices without optional features
} own_options;

static lm_status parse_switch(const char* text, size_t length, size_t key_length, bool* out_on,
                              lm_error* err) {
  const char* value = text + key_length;
  *out_on = length == key_length + 2 && strncmp(value, "on", 2) == 0;
  if (*out_on || (length == key_length + 3 && strncmp(value, "off", 3) == 0)) return LM_OK;
  return LM_FAIL(err, LM_INVALID_ARGUMENT, "delegate vulkan: %.*s is unknown; known: on, off",
                 (int)(length < 40 ? length : 40), text);
}

// Takes the driver's own options out of `options` and leaves the others in `rest`, which has room
// for as many characters.
static lm_status take_own(const char* options, char* rest, own_options* out, lm_error* err) {
  const struct {
    const char* key;
    bool* value;
  } known[] = {{"validate=", &out->validate}, {"portable=", &out->portable}};
  *out = (own_options){0};
  size_t rest_length = 0;
  for (const char* at = options; *at != '\0';) {
    const size_t length = strcspn(at, ",");
    bool taken = false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i) {
      const size_t key_length = strlen(known[i].key);
      if (strncmp(at, known[i].key, key_length) != 0) continue;
      const lm_status status = parse_switch(at, length, key_length, known[i].value, err);
      if (status != LM_OK) return status;
      taken = true;
    }
    if (!taken) {
      if (rest_length > 0) rest[rest_length++] = ',';
      memcpy(rest + rest_length, at, length);
      rest_length += length;
    }
    at += length;
    if (*at == ',') ++at;
  }
  rest[rest_length] = '\0';
  return LM_OK;
}

static lm_status open_with(const lm_delegate_options* options, const char* extra,
                           const own_options* own, lm_allocator allocator,
                           lm_delegate** out_delegate, lm_error* err) {
  lm__gpu_options gpu;
  lm_status status = lm__gpu_options_parse("vulkan", extra, allocator, &gpu, err);
  if (status != LM_OK) return status;
  const lm__vk_config config = {
      .device = options->device,
      .timeout_seconds = gpu.timeout_seconds,
      .cache_folder = gpu.cache_folder,
      .validate = own->validate,
      .portable = own->portable,
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
  own_options own;
  lm_status status = take_own(extra, rest, &own, err);
  if (status == LM_OK) status = open_with(options, rest, &own, allocator, out_delegate, err);
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
