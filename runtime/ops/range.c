// SPDX-License-Identifier: MIT
//
// RANGE: start, start + delta, ... below (or above) a limit, all known while planning.
#include <math.h>

#include "ops/op_util.h"

static lm_status range_count(lm_op_context* context, int64_t* out_count, lm_error* err) {
  const lm_tensor* start = lm_op_input(context, 0);
  const lm_tensor* limit = lm_op_input(context, 1);
  const lm_tensor* delta = lm_op_input(context, 2);
  *out_count = 0;
  if (start->type == LM_FLOAT32) {
    const float from = *(const float*)start->data;
    const float to = *(const float*)limit->data;
    const float step = *(const float*)delta->data;
    LM_OP_CHECK(context, (from <= to && step > 0.0f) || (from >= to && step < 0.0f), LM_BAD_MODEL,
                "range from %g to %g by %g", (double)from, (double)to, (double)step);
    const float count = ceilf(fabsf((to - from) / step));
    LM_OP_CHECK(context, count < 2147483648.0f, LM_BAD_MODEL, "range of %g elements",
                (double)count);
    *out_count = (int64_t)count;
    return LM_OK;
  }
  const int64_t from = lm__op_int_at(start, 0);
  const int64_t to = lm__op_int_at(limit, 0);
  const int64_t step = lm__op_int_at(delta, 0);
  LM_OP_CHECK(context, (from <= to && step > 0) || (from >= to && step < 0), LM_BAD_MODEL,
              "range from %lld to %lld by %lld", (long long)from, (long long)to, (long long)step);
  // Unsigned, because the distance of two int64 may take 64 bits.
  const uint64_t distance =
      step > 0 ? (uint64_t)to - (uint64_t)from : (uint64_t)from - (uint64_t)to;
  const uint64_t stride = step > 0 ? (uint64_t)step : 0u - (uint64_t)step;
  const uint64_t count = distance / stride + (distance % stride != 0 ? 1 : 0);
  LM_OP_CHECK(context, count <= INT32_MAX, LM_BAD_MODEL, "range of %llu elements",
              (unsigned long long)count);
  *out_count = (int64_t)count;
  return LM_OK;
}

static lm_status range_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type types[] = {LM_INT32, LM_INT64, LM_FLOAT32};
  static const char* const names[] = {"start", "limit", "delta"};
  LM_TRY(lm__op_check_counts(context, 3, 3, 1, err));
  const lm_tensor* output = lm_op_output(context, 0);
  LM_TRY(lm__op_check_type(context, "output", output, types, 3, err));
  for (int32_t i = 0; i < 3; ++i) {
    const lm_tensor* input = lm_op_input(context, i);
    LM_TRY(lm__op_check_same_type(context, names[i], input, "output", output, err));
    LM_TRY(lm__op_check_constant(context, names[i], input, err));
    LM_OP_CHECK(context, lm_shape_count(&input->shape) == 1, LM_BAD_MODEL,
                "%s has %lld elements, expected 1", names[i],
                (long long)lm_shape_count(&input->shape));
  }
  int64_t count;
  LM_TRY(range_count(context, &count, err));
  const lm_shape shape = {.rank = 1, .dims = {(int32_t)count}};
  return lm_op_set_output_shape(context, 0, &shape, err);
}

static lm_status range_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm_tensor* start = lm_op_input(context, 0);
  const lm_tensor* delta = lm_op_input(context, 2);
  lm_tensor* output = lm_op_output(context, 0);
  const int32_t count = output->shape.dims[0];
  if (output->type == LM_FLOAT32) {
    // Summed up, not multiplied, as the format's kernel does.
    float value = *(const float*)start->data;
    for (int32_t i = 0; i < count; ++i) {
      ((float*)output->data)[i] = value;
      value += *(const float*)delta->data;
    }
    return LM_OK;
  }
  const uint64_t from = (uint64_t)lm__op_int_at(start, 0);
  const uint64_t step = (uint64_t)lm__op_int_at(delta, 0);
  for (int32_t i = 0; i < count; ++i) {
    const int64_t value = (int64_t)(from + step * (uint64_t)i);
    if (output->type == LM_INT64) {
      ((int64_t*)output->data)[i] = value;
    } else {
      ((int32_t*)output->data)[i] = (int32_t)value;
    }
  }
  return LM_OK;
}

const lm_op lm_op_range = {
    .name = "RANGE",
    .builtin = LM_BUILTIN_RANGE,
    .max_version = 2,
    .prepare = range_prepare,
    .eval = range_eval,
};
