// SPDX-License-Identifier: MIT
//
// CAST: elements of one type to another. Integers wrap, real numbers lose their fraction and
// saturate, NaN becomes the greatest integer.
#include <math.h>

#include "ops/copy_util.h"

// An element on its way: integers exactly, reals in double.
typedef struct cast_value {
  bool real;
  int64_t i;
  double d;
} cast_value;

static cast_value load(const void* data, lm_type type, int64_t at) {
  switch (type) {
    case LM_FLOAT32:
      return (cast_value){.real = true, .d = (double)((const float*)data)[at]};
    case LM_FLOAT64:
      return (cast_value){.real = true, .d = ((const double*)data)[at]};
    case LM_FLOAT16:
      return (cast_value){.real = true, .d = (double)lm_half_to_float(((const uint16_t*)data)[at])};
    case LM_INT64:
      return (cast_value){.i = ((const int64_t*)data)[at]};
    case LM_INT32:
      return (cast_value){.i = ((const int32_t*)data)[at]};
    case LM_UINT32:
      return (cast_value){.i = ((const uint32_t*)data)[at]};
    case LM_INT16:
      return (cast_value){.i = ((const int16_t*)data)[at]};
    case LM_UINT16:
      return (cast_value){.i = ((const uint16_t*)data)[at]};
    case LM_INT8:
      return (cast_value){.i = ((const int8_t*)data)[at]};
    case LM_UINT8:
      return (cast_value){.i = ((const uint8_t*)data)[at]};
    default:
      return (cast_value){.i = ((const bool*)data)[at] ? 1 : 0};
  }
}

// `high` + 1 is a power of two, so that the comparison is exact in double.
static int64_t saturate(double d, int64_t low, int64_t high) {
  if (isnan(d) || d >= (double)high + 1.0) return high;
  return d <= (double)low ? low : (int64_t)d;
}

static int64_t to_int(cast_value v, int64_t low, int64_t high) {
  if (!v.real) return v.i;
  // INT64_MAX + 1.0 is INT64_MAX rounded up already.
  if (high == INT64_MAX && v.d >= 9223372036854775808.0) return high;
  return saturate(v.d, low, high);
}

// One rounding whichever way: int64 to float must not go through double.
static float to_float(cast_value v) { return v.real ? (float)v.d : (float)v.i; }

static void store(void* data, lm_type type, int64_t at, cast_value v) {
  switch (type) {
    case LM_FLOAT32:
      ((float*)data)[at] = to_float(v);
      return;
    case LM_FLOAT64:
      ((double*)data)[at] = v.real ? v.d : (double)v.i;
      return;
    case LM_FLOAT16:
      ((uint16_t*)data)[at] = lm_float_to_half(to_float(v));
      return;
    case LM_INT64:
      ((int64_t*)data)[at] = to_int(v, INT64_MIN, INT64_MAX);
      return;
    case LM_INT32:
      ((int32_t*)data)[at] = (int32_t)to_int(v, INT32_MIN, INT32_MAX);
      return;
    case LM_UINT32:
      ((uint32_t*)data)[at] = (uint32_t)to_int(v, 0, UINT32_MAX);
      return;
    case LM_INT16:
      ((int16_t*)data)[at] = (int16_t)to_int(v, INT16_MIN, INT16_MAX);
      return;
    case LM_UINT16:
      ((uint16_t*)data)[at] = (uint16_t)to_int(v, 0, UINT16_MAX);
      return;
    case LM_INT8:
      ((int8_t*)data)[at] = (int8_t)to_int(v, INT8_MIN, INT8_MAX);
      return;
    case LM_UINT8:
      ((uint8_t*)data)[at] = (uint8_t)to_int(v, 0, UINT8_MAX);
      return;
    default:
      ((bool*)data)[at] = v.real ? v.d != 0.0 : v.i != 0;
      return;
  }
}

static lm_status cast_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type types[] = {LM_FLOAT32, LM_FLOAT16, LM_FLOAT64, LM_INT64, LM_INT32, LM_UINT32,
                                  LM_INT16,   LM_UINT16,  LM_INT8,    LM_UINT8, LM_BOOL};
  LM_TRY(lm__op_check_counts(context, 1, 1, 1, err));
  const lm_tensor* input = lm_op_input(context, 0);
  LM_TRY(lm__op_check_type(context, "input", input, types, 11, err));
  LM_TRY(lm__op_check_type(context, "output", lm_op_output(context, 0), types, 11, err));
  return lm_op_set_output_shape(context, 0, &input->shape, err);
}

static lm_status cast_eval(lm_op_context* context, lm_error* err) {
  const lm_tensor* input = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  if (input->type == output->type) return lm__alias_eval(context, err);
  const int64_t count = lm_shape_count(&input->shape);
  for (int64_t i = 0; i < count; ++i) {
    store(output->data, output->type, i, load(input->data, input->type, i));
  }
  return LM_OK;
}

const lm_op lm_op_cast = {
    .name = "CAST",
    .builtin = LM_BUILTIN_CAST,
    .max_version = 9,
    .prepare = cast_prepare,
    .eval = cast_eval,
};
