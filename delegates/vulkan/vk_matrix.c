// SPDX-License-Identifier: MIT
#include "vk_matrix.h"

#include <string.h>

#include "gpu_conv_run.h"
#include "litmark/kernel_math.h"
#include "vk_device.h"

bool lm__vk_matrix_fits(const lm__vk_instance* instance, VkPhysicalDevice device) {
  enum { MOST = 64 };
  VkCooperativeMatrixPropertiesNV known[MOST];
  const lm__vk_functions* vk = &instance->vk;
  if (vk->vkGetPhysicalDeviceCooperativeMatrixPropertiesNV == NULL) return false;
  for (int i = 0; i < MOST; ++i) {
    known[i] = (VkCooperativeMatrixPropertiesNV){
        .sType = VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_NV};
  }
  uint32_t count = MOST;
  const VkResult result =
      vk->vkGetPhysicalDeviceCooperativeMatrixPropertiesNV(device, &count, known);
  if (result != VK_SUCCESS && result != VK_INCOMPLETE) return false;
  for (uint32_t i = 0; i < count; ++i) {
    const VkCooperativeMatrixPropertiesNV* m = &known[i];
    if (m->MSize == 16 && m->NSize == 16 && m->KSize == 16 &&
        m->AType == VK_COMPONENT_TYPE_FLOAT16_NV && m->BType == VK_COMPONENT_TYPE_FLOAT16_NV &&
        m->CType == VK_COMPONENT_TYPE_FLOAT32_NV && m->DType == VK_COMPONENT_TYPE_FLOAT32_NV &&
        m->scope == VK_SCOPE_SUBGROUP_NV) {
      return true;
    }
  }
  return false;
}

// ---- a device's check of itself

// Neither rows nor channels fill their last tiles.
enum { ROWS = 37, DEPTH = 48, CHANNELS = 70, PACKED_CHANNELS = 128 };

// Small integers: every product and sum is exact, in float16 too.
static int32_t digit(int32_t i, int32_t seed) { return (i * 7 + i / 5 * seed) % 7 - 3; }

static size_t put(uint8_t* to, size_t index, lm__gpu_type type, float value) {
  if (type == LM_GPU_F16) {
    const uint16_t half = lm_float_to_half(value);
    memcpy(to + index * sizeof half, &half, sizeof half);
    return sizeof half;
  }
  memcpy(to + index * sizeof value, &value, sizeof value);
  return sizeof value;
}

// Elements into the buffer of a slot.
static lm_status fill(lm__vk_device* d, const lm__gpu_conv_run* run, lm__gpu_conv_slot slot,
                      lm__gpu_type type, const float* values, size_t count, lm_error* err) {
  uint8_t bytes[DEPTH * PACKED_CHANNELS * sizeof(float)];
  size_t element_bytes = 0;
  for (size_t i = 0; i < count; ++i) element_bytes = put(bytes, i, type, values[i]);
  return lm__vk_write(&d->base, run->buffers[slot], 0, bytes, count * element_bytes, err);
}

static lm_status fill_all(lm__vk_device* d, const lm__gpu_conv_run* run, const lm__gpu_conv* conv,
                          const lm__gpu_conv_plan* plan, lm_error* err) {
  float x[ROWS * DEPTH], filter[CHANNELS * DEPTH], packed[DEPTH * PACKED_CHANNELS] = {0};
  float bias[CHANNELS];
  for (int32_t i = 0; i < ROWS * DEPTH; ++i) x[i] = (float)digit(i, 3);
  for (int32_t i = 0; i < CHANNELS * DEPTH; ++i) filter[i] = (float)digit(i, 11);
  for (int32_t i = 0; i < CHANNELS; ++i) bias[i] = (float)digit(i, 1);
  lm__gpu_conv_pack(conv, plan, filter, packed);
  lm_status status = fill(d, run, LM_GPU_SLOT_INPUT, conv->type, x, ROWS * DEPTH, err);
  if (status == LM_OK) {
    status = fill(d, run, LM_GPU_SLOT_FILTER, conv->type, packed, DEPTH * PACKED_CHANNELS, err);
  }
  if (status == LM_OK) status = fill(d, run, LM_GPU_SLOT_BIAS, LM_GPU_F32, bias, CHANNELS, err);
  return status;
}

static lm_status compare(lm__vk_device* d, const lm__gpu_conv_run* run, lm__gpu_type type,
                         bool* out_right, lm_error* err) {
  uint8_t got[ROWS * CHANNELS * sizeof(float)];
  uint8_t want[ROWS * CHANNELS * sizeof(float)];
  size_t element_bytes = 0;
  for (int32_t row = 0; row < ROWS; ++row) {
    for (int32_t c = 0; c < CHANNELS; ++c) {
      int32_t sum = digit(c, 1);
      for (int32_t k = 0; k < DEPTH; ++k)
        sum += digit(row * DEPTH + k, 3) * digit(c * DEPTH + k, 11);
      element_bytes = put(want, (size_t)row * CHANNELS + (size_t)c, type, (float)sum);
    }
  }
  const size_t bytes = ROWS * CHANNELS * element_bytes;
  const lm_status status =
      lm__vk_read(&d->base, run->buffers[LM_GPU_SLOT_OUTPUT], 0, got, bytes, err);
  *out_right = status == LM_OK && memcmp(got, want, bytes) == 0;
  return status;
}

static lm_status multiply(lm__vk_device* d, lm__gpu_type type, bool* out_right, lm_error* err) {
  const lm__gpu_conv conv = {.kind = LM_GPU_CONV_FULL,
                             .type = type,
                             .batches = 1,
                             .in_h = ROWS,
                             .in_w = 1,
                             .in_c = DEPTH,
                             .out_h = ROWS,
                             .out_w = 1,
                             .out_c = CHANNELS,
                             .filter_c = DEPTH,
                             .taps_h = 1,
                             .taps_w = 1,
                             .stride_h = 1,
                             .stride_w = 1,
                             .dilation_h = 1,
                             .dilation_w = 1,
                             .out_stride = CHANNELS,
                             .low = -4096.0f,
                             .high = 4096.0f};
  const lm__gpu_context context = {.device = &d->base};
  lm__gpu_conv_plan plan;
  lm__gpu_conv_run run;
  if (!lm__gpu_matrix_plan(&context, &conv, &plan)) return LM_OK;
  lm_status status = lm__gpu_conv_run_init(&run, &d->base, &conv, &plan, err);
  if (status != LM_OK) return status;
  uint64_t ns;
  status = fill_all(d, &run, &conv, &plan, err);
  if (status == LM_OK) status = lm__gpu_conv_run_once(&run, &ns, err);
  if (status == LM_OK) status = compare(d, &run, type, out_right, err);
  lm__gpu_conv_run_deinit(&run);
  return status;
}

lm_status lm__vk_matrix_check(lm__vk_device* device, lm__gpu_type type, bool* out_right,
                              lm_error* err) {
  *out_right = false;
  lm_error why = LM_ERROR_INIT;
  const lm_status status = multiply(device, type, out_right, &why);
  // Whatever else it is, a compiler that refuses the shader for one, the device does without.
  if (status != LM_UNAVAILABLE) return LM_OK;
  return LM_FAIL(err, status, "%s", why.message);
}
