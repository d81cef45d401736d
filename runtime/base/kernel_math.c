// SPDX-License-Identifier: MIT
#include "litmark/kernel_math.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

lm_multiplier lm_multiplier_make(double real) {
  if (real == 0.0) return (lm_multiplier){0, 0};
  int shift;
  const double mantissa = frexp(real, &shift);  // in [0.5, 1)
  int64_t fixed = (int64_t)round(mantissa * (double)(1LL << 31));
  assert(fixed <= (1LL << 31));
  if (fixed == (1LL << 31)) {
    fixed /= 2;
    ++shift;
  }
  // Below this the right shift would exceed 31 bits: every product is 0.
  if (shift < -31) return (lm_multiplier){0, 0};
  return (lm_multiplier){(int32_t)fixed, shift};
}

void lm_type_range(lm_type type, int32_t* out_min, int32_t* out_max) {
  switch (type) {
    case LM_INT8:
      *out_min = INT8_MIN;
      *out_max = INT8_MAX;
      return;
    case LM_UINT8:
      *out_min = 0;
      *out_max = UINT8_MAX;
      return;
    case LM_INT16:
      *out_min = INT16_MIN;
      *out_max = INT16_MAX;
      return;
    default:
      *out_min = INT32_MIN;
      *out_max = INT32_MAX;
      return;
  }
}

static lm_status fail_activation(lm_activation activation, lm_error* err) {
  return LM_FAIL(err, LM_UNSUPPORTED, "fused activation %d is not supported", (int)activation);
}

lm_status lm_activation_range_float(lm_activation activation, float* out_min, float* out_max,
                                    lm_error* err) {
  *out_min = -FLT_MAX;
  *out_max = FLT_MAX;
  switch (activation) {
    case LM_ACTIVATION_NONE:
      return LM_OK;
    case LM_ACTIVATION_RELU:
      *out_min = 0.0f;
      return LM_OK;
    case LM_ACTIVATION_RELU_N1_TO_1:
      *out_min = -1.0f;
      *out_max = 1.0f;
      return LM_OK;
    case LM_ACTIVATION_RELU6:
      *out_min = 0.0f;
      *out_max = 6.0f;
      return LM_OK;
    default:
      return fail_activation(activation, err);
  }
}

// A bound of the activation in units of the output. Computed in float as the format's reference
// kernels do; far outside the range of int32 the type's own range decides anyway.
static int32_t quantize_bound(float value, float scale, int32_t zero_point) {
  const float q = (float)zero_point + roundf(value / scale);
  if (q >= 2147483520.0f) return INT32_MAX;
  if (q <= -2147483648.0f) return INT32_MIN;
  return (int32_t)q;
}

lm_status lm_activation_range_quantized(lm_activation activation, lm_type type, float scale,
                                        int32_t zero_point, int32_t* out_min, int32_t* out_max,
                                        lm_error* err) {
  float low, high;
  const lm_status status = lm_activation_range_float(activation, &low, &high, err);
  if (status != LM_OK) return status;
  int32_t type_min, type_max;
  lm_type_range(type, &type_min, &type_max);
  *out_min = type_min;
  *out_max = type_max;
  if (low != -FLT_MAX) {
    const int32_t bound = quantize_bound(low, scale, zero_point);
    if (bound > type_min) *out_min = bound < type_max ? bound : type_max;
  }
  if (high != FLT_MAX) {
    const int32_t bound = quantize_bound(high, scale, zero_point);
    if (bound < type_max) *out_max = bound > type_min ? bound : type_min;
  }
  return LM_OK;
}

lm_status lm_window_make(lm_padding padding, int32_t input, int32_t filter, int32_t stride,
                         int32_t dilation, lm_window* out_window, lm_error* err) {
  *out_window = (lm_window){0};
  if (stride < 1) return LM_FAIL(err, LM_BAD_MODEL, "stride %d is below 1", stride);
  if (dilation < 1) return LM_FAIL(err, LM_BAD_MODEL, "dilation %d is below 1", dilation);
  if (filter < 1) return LM_FAIL(err, LM_BAD_MODEL, "filter length %d is below 1", filter);
  if (input < 1) return LM_FAIL(err, LM_BAD_MODEL, "input length %d is below 1", input);
  const int64_t reach = (int64_t)(filter - 1) * dilation + 1;  // elements that the filter spans
  if (reach > INT32_MAX) {
    return LM_FAIL(err, LM_BAD_MODEL, "filter length %d with dilation %d", filter, dilation);
  }
  int64_t output;
  switch (padding) {
    case LM_PADDING_SAME:
      output = ((int64_t)input + stride - 1) / stride;
      break;
    case LM_PADDING_VALID:
      output = ((int64_t)input + stride - reach) / stride;
      break;
    default:
      return LM_FAIL(err, LM_BAD_MODEL, "padding mode %d is unknown", (int)padding);
  }
  if (output < 1) {
    return LM_FAIL(err, LM_BAD_MODEL, "filter spans %lld elements, input has %d", (long long)reach,
                   input);
  }
  int64_t total = (output - 1) * stride + reach - input;
  if (total < 0) total = 0;
  out_window->output = (int32_t)output;
  out_window->padding = (int32_t)(total / 2);
  out_window->padding_after = (int32_t)(total - total / 2);
  return LM_OK;
}

float lm_half_to_float(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
  uint32_t exponent = (half >> 10) & 0x1fu;
  uint32_t mantissa = half & 0x3ffu;
  uint32_t bits;
  if (exponent == 0x1f) {  // infinity, NaN
    bits = sign | 0x7f800000u | (mantissa << 13);
  } else if (exponent != 0) {
    bits = sign | ((exponent + 112) << 23) | (mantissa << 13);
  } else if (mantissa == 0) {
    bits = sign;
  } else {  // subnormal: shift the leading one into place
    exponent = 113;
    while ((mantissa & 0x400u) == 0) {
      mantissa <<= 1;
      --exponent;
    }
    bits = sign | (exponent << 23) | ((mantissa & 0x3ffu) << 13);
  }
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

uint16_t lm_float_to_half(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  const uint16_t sign = (uint16_t)((bits >> 16) & 0x8000u);
  bits &= 0x7fffffffu;
  if (bits >= 0x7f800000u) {  // infinity, NaN (kept quiet)
    return (uint16_t)(sign | 0x7c00u | (bits > 0x7f800000u ? 0x200u | ((bits >> 13) & 0x3ffu) : 0));
  }
  if (bits >= 0x477ff000u) return (uint16_t)(sign | 0x7c00u);  // rounds past 65504
  if (bits < 0x33000001u) return sign;                         // rounds to zero
  uint32_t mantissa, shift;
  uint32_t half;
  if (bits < 0x38800000u) {  // subnormal result
    const uint32_t exponent = bits >> 23;
    mantissa = (bits & 0x7fffffu) | 0x800000u;
    shift = 126 - exponent;
    half = mantissa >> shift;
  } else {
    mantissa = bits;
    shift = 13;
    half = (bits - 0x38000000u) >> 13;
  }
  const uint32_t rest = mantissa & ((1u << shift) - 1);
  const uint32_t tie = 1u << (shift - 1);
  if (rest > tie || (rest == tie && (half & 1u) != 0)) ++half;  // may carry into the exponent
  return (uint16_t)(sign | half);
}
