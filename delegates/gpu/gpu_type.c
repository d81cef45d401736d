// SPDX-License-Identifier: MIT
//
// Which element type a tensor has on the device, and what range its values have.
#include <math.h>

#include "gpu_program.h"
#include "litmark/kernel_math.h"

const char* lm__gpu_why_no_type(const lm__gpu_context* context, const lm_tensor* tensor) {
  const lm__gpu_caps* caps = &context->device->caps;
  switch (tensor->type) {
    case LM_INT64:
      return "int64 tensors have no type on the device";
    case LM_INT16:
      return "int16 tensors have no type on the device";
    case LM_STRING:
      return "string tensors have no type on the device";
    case LM_FLOAT16:
      return caps->half_storage ? "float16" : "the device has no float16 in buffers";
    case LM_INT8:
    case LM_UINT8:
    case LM_BOOL:
      return caps->byte_storage ? "8 bits" : "the device has no bytes in buffers";
    default:
      return "a tensor's type is none of the device's";
  }
}

size_t lm__gpu_type_bytes(lm__gpu_type type) {
  switch (type) {
#define LM_GPU_TYPE_CASE(upper, lower, bytes) \
  case LM_GPU_##upper:                        \
    return bytes;
    LM_GPU_TYPE_LIST(LM_GPU_TYPE_CASE)
#undef LM_GPU_TYPE_CASE
  }
  return 0;
}

static bool is_dequantized(const lm__gpu_context* context, const lm_tensor* tensor) {
  return context->options->dequantize && (tensor->type == LM_INT8 || tensor->type == LM_UINT8) &&
         tensor->quantization.count > 0;
}

bool lm__gpu_tensor_type(const lm__gpu_context* context, const lm_tensor* tensor,
                         lm__gpu_type* out_type) {
  const lm__gpu_caps* caps = &context->device->caps;
  if (tensor->type == LM_FLOAT32 || is_dequantized(context, tensor)) {
    *out_type = context->options->half ? LM_GPU_F16 : LM_GPU_F32;
    return true;
  }
  switch (tensor->type) {
    case LM_FLOAT16:
      *out_type = LM_GPU_F16;
      return caps->half_storage;
    case LM_INT8:
      *out_type = LM_GPU_I8;
      return caps->byte_storage;
    case LM_UINT8:
    case LM_BOOL:
      *out_type = LM_GPU_U8;
      return caps->byte_storage;
    case LM_INT32:
      *out_type = LM_GPU_I32;
      return true;
    case LM_INT64:  // those that lm__gpu_supports() lets through: indices below 2^31
      *out_type = LM_GPU_I32;
      return tensor->storage != LM_STORAGE_CONSTANT;
    default:
      return false;
  }
}

lm_status lm__gpu_output_clamp(const lm__gpu_build* build, lm_activation activation,
                               const lm_tensor* output, lm__gpu_clamp* out_clamp, lm_error* err) {
  *out_clamp = (lm__gpu_clamp){.min = -INFINITY, .max = INFINITY};
  if (output->type == LM_FLOAT32 || output->type == LM_FLOAT16) {
    return lm_activation_range_float(activation, &out_clamp->min, &out_clamp->max, err);
  }
  if (output->quantization.count != 1) {
    lm_type_range(output->type, &out_clamp->qmin, &out_clamp->qmax);
    return LM_OK;
  }
  const float scale = output->quantization.scales[0];
  const int32_t zero = output->quantization.zero_points[0];
  LM_GPU_TRY(lm_activation_range_quantized(activation, output->type, scale, zero, &out_clamp->qmin,
                                           &out_clamp->qmax, err));
  if (is_dequantized(&build->context, output)) {
    out_clamp->min = scale * (float)(out_clamp->qmin - zero);
    out_clamp->max = scale * (float)(out_clamp->qmax - zero);
  }
  return LM_OK;
}
