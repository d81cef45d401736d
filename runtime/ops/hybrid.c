// SPDX-License-Identifier: MIT
#include "ops/hybrid.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "ops/kernel_util.h"

static void find_range(const float* values, int64_t count, float* out_min, float* out_max) {
  float low = count > 0 ? values[0] : 0.0f;
  float high = low;
  for (int64_t i = 1; i < count; ++i) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  *out_min = low;
  *out_max = high;
}

// q = round(x / scale) in [-127, 127], the scale from the largest magnitude. All zeros: scale 1.
static void quantize_symmetric(const float* values, int64_t count, int8_t* out, float* out_scale) {
  float low, high;
  find_range(values, count, &low, &high);
  const float range = fmaxf(fabsf(low), fabsf(high));
  if (range == 0.0f) {
    memset(out, 0, (size_t)count);
    *out_scale = 1.0f;
    return;
  }
  *out_scale = range / 127;
  const float inverse = 127 / range;
  for (int64_t i = 0; i < count; ++i) {
    out[i] = (int8_t)lm__clamp(lm__round_to_int(values[i] * inverse), -127, 127);
  }
}

// The zero point that represents the end of the range with the smaller error, rounded.
static int32_t nudge_zero_point(double low, double high, double scale) {
  const double from_min = -128.0 - low / scale;
  const double from_max = 127.0 - high / scale;
  const double min_error = 128.0 + fabs(low / scale);
  const double max_error = 127.0 + fabs(high / scale);
  const double zero_point = min_error < max_error ? from_min : from_max;
  if (zero_point <= -128.0) return -128;
  if (zero_point >= 127.0) return 127;
  return isnan(zero_point) ? 0 : (int32_t)round(zero_point);
}

// q = round(x / scale + zero point) in [-128, 127], the range from the least to the largest value
// and 0. All zeros: scale 1, zero point 0.
static void quantize_asymmetric(const float* values, int64_t count, int8_t* out, float* out_scale,
                                int32_t* out_zero_point) {
  float min, max;
  find_range(values, count, &min, &max);
  const double low = min < 0.0f ? min : 0.0f;
  const double high = max > 0.0f ? max : 0.0f;
  if (low == high) {
    memset(out, 0, (size_t)count);
    *out_scale = 1.0f;
    *out_zero_point = 0;
    return;
  }
  const double scale = (high - low) / 255.0;
  const int32_t zero_point = nudge_zero_point(low, high, scale);
  *out_scale = (float)scale;
  *out_zero_point = zero_point;
  const float inverse = 1.0f / *out_scale;
  for (int64_t i = 0; i < count; ++i) {
    const float q = (float)zero_point + values[i] * inverse;
    out[i] = (int8_t)lm__clamp(lm__round_to_int(q), -128, 127);
  }
}

// Bytes of the quantized values up to the scales.
static size_t values_bytes(const lm__hybrid* hybrid) {
  const size_t bytes = (size_t)hybrid->batches * (size_t)hybrid->batch_elements;
  return (bytes + sizeof(float) - 1) / sizeof(float) * sizeof(float);
}

lm_status lm__hybrid_prepare(lm_op_context* context, const lm_tensor* input, int32_t batches,
                             bool asymmetric, lm__hybrid* out, lm_error* err) {
  *out = (lm__hybrid){.batches = batches, .asymmetric = asymmetric};
  // The input exists in memory with four bytes an element, so one byte an element fits too.
  if (batches > 0) out->batch_elements = lm_shape_count(&input->shape) / batches;
  size_t per_batch, bytes;
  LM_OP_CHECK(context,
              lm__checked_mul((size_t)batches, sizeof(float) + sizeof(int32_t), &per_batch) &&
                  lm__checked_add(values_bytes(out), per_batch, &bytes),
              LM_BAD_MODEL, "input is too large");
  return lm_op_request_scratch(context, bytes, &out->scratch, err);
}

void lm__hybrid_quantize(const lm_op_context* context, const lm__hybrid* hybrid, const float* input,
                         const int8_t** out_values, const float** out_scales,
                         const int32_t** out_zero_points) {
  int8_t* values = lm_op_scratch(context, hybrid->scratch);
  float* scales = (float*)((char*)values + values_bytes(hybrid));
  int32_t* zero_points = (int32_t*)(scales + hybrid->batches);
  for (int32_t b = 0; b < hybrid->batches; ++b) {
    const float* from = input + b * hybrid->batch_elements;
    int8_t* to = values + b * hybrid->batch_elements;
    if (hybrid->asymmetric) {
      quantize_asymmetric(from, hybrid->batch_elements, to, &scales[b], &zero_points[b]);
    } else {
      quantize_symmetric(from, hybrid->batch_elements, to, &scales[b]);
      zero_points[b] = 0;
    }
  }
  *out_values = values;
  *out_scales = scales;
  *out_zero_points = zero_points;
}
