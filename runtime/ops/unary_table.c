// SPDX-License-Identifier: MIT
#include "ops/unary_table.h"

#include <math.h>

void lm__unary_table_fill(const lm_tensor* input, const lm_tensor* output,
                          lm__unary_function function, uint8_t* table) {
  int32_t low, high;
  lm_type_range(input->type, &low, &high);
  const float inverse = 1 / lm__op_scale(output);
  const float zero_point = (float)lm__op_zero_point(output);
  for (int32_t q = low; q <= high; ++q) {
    const float x = lm__op_scale(input) * (float)(q - lm__op_zero_point(input));
    const float y = roundf(function(x) * inverse) + zero_point;
    table[(uint8_t)q] = (uint8_t)lm__clamp(lm__round_to_int(y), low, high);
  }
}

static int16_t to_int16(double x) {
  if (isnan(x)) return 0;
  return (int16_t)fmin(fmax(x, INT16_MIN), INT16_MAX);
}

void lm__unary_table16_fill(double input_scale, int32_t input_zero_point, double output_scale,
                            int32_t output_zero_point, double (*function)(double x),
                            int16_t* table) {
  const int32_t steps = LM_TABLE16_SIZE - 1;
  const double input_min = input_scale * (INT16_MIN - input_zero_point);
  const double input_max = input_scale * (INT16_MAX - input_zero_point);
  const double output_min = output_scale * (INT16_MIN - output_zero_point);
  const double output_max = output_scale * (INT16_MAX - output_zero_point);
  const double step = (input_max - input_min) / steps;
  const double inverse = 65536.0 / (output_max - output_min);
  for (int32_t i = 0; i < steps; ++i) {
    const double value = function(input_min + i * step) * inverse;
    const double middle = function(input_min + i * step + step / 2) * inverse;
    const double next = function(input_min + (i + 1) * step) * inverse;
    // Half of the error that interpolation makes in the middle is taken off the entry.
    const double interpolated = round((next + round(value)) / 2);
    const double bias = round((interpolated - round(middle)) / 2);
    table[i] = to_int16(round(value) - bias);
  }
  table[steps] = to_int16(round(function(input_max) * inverse));
}

lm_status lm__unary_table_prepare(lm_op_context* context, lm__unary_function function,
                                  lm_error* err) {
  static const lm_type kTypes[] = {LM_FLOAT32, LM_INT8, LM_UINT8};
  LM_TRY(lm__op_prepare_unary(context, kTypes, 3, err));
  const lm_tensor* input = lm_op_input(context, 0);
  if (input->type == LM_FLOAT32) return LM_OK;
  void* table;
  LM_TRY(lm_op_alloc_params(context, 256, &table, err));
  lm__unary_table_fill(input, lm_op_output(context, 0), function, table);
  return LM_OK;
}

void lm__unary_table_eval(lm_op_context* context, lm__unary_function function) {
  const lm_tensor* input = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  const int64_t count = lm_shape_count(&input->shape);
  if (input->type == LM_FLOAT32) {
    const float* in = input->data;
    float* out = output->data;
    for (int64_t i = 0; i < count; ++i) out[i] = function(in[i]);
    return;
  }
  const uint8_t* table = lm_op_params(context);
  const uint8_t* in = input->data;
  uint8_t* out = output->data;
  for (int64_t i = 0; i < count; ++i) out[i] = table[in[i]];
}
