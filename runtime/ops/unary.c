// SPDX-License-Identifier: MIT
#include "ops/unary.h"

#include <math.h>

bool lm__unary_is_quantized(const lm_op_context* context) {
  const lm_tensor* input = lm_op_input(context, 0);
  if (input->type == LM_INT16) return input->quantization.count > 0;
  return lm__op_is_quantized_type(input->type);
}

static lm_status check_quantization(lm_op_context* context, lm__unary* params, lm_error* err) {
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* output = lm_op_output(context, 0);
  LM_TRY(lm__op_check_per_tensor(context, "input", input, err));
  LM_TRY(lm__op_check_per_tensor(context, "output", output, err));
  params->zero_in = lm__op_zero_point(input);
  params->zero_out = lm__op_zero_point(output);
  LM_OP_CHECK(context, input->type != LM_INT16 || (params->zero_in == 0 && params->zero_out == 0),
              LM_UNSUPPORTED, "int16 tensors with zero points %d and %d, expected 0",
              params->zero_in, params->zero_out);
  return LM_OK;
}

lm_status lm__unary_prepare(lm_op_context* context, const lm__unary_kernel* kernels,
                            int32_t kernel_count, lm__unary** out_params, lm_error* err) {
  *out_params = NULL;
  LM_TRY(lm__op_check_counts(context, 1, 1, 1, err));
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* output = lm_op_output(context, 0);
  lm__unary_row row = NULL;
  for (int32_t i = 0; i < kernel_count; ++i) {
    if (kernels[i].type == input->type) row = kernels[i].row;
  }
  LM_OP_CHECK(context, row != NULL, LM_UNSUPPORTED, "input of type %s is not supported",
              lm_type_name(input->type));
  LM_TRY(lm__op_check_same_type(context, "input", input, "output", output, err));
  LM_TRY(lm_op_set_output_shape(context, 0, &input->shape, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__unary), &memory, err));
  lm__unary* params = memory;
  params->row = row;
  if (lm__unary_is_quantized(context)) LM_TRY(check_quantization(context, params, err));
  *out_params = params;
  return LM_OK;
}

lm_status lm__unary_prepare_plain(lm_op_context* context, const lm__unary_kernel* kernels,
                                  int32_t kernel_count, lm_error* err) {
  lm__unary* params;
  return lm__unary_prepare(context, kernels, kernel_count, &params, err);
}

lm_status lm__unary_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm__unary* params = lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, 0);
  params->row(lm_op_output(context, 0)->data, input->data, lm_shape_count(&input->shape), params);
  return LM_OK;
}

static int16_t to_i16(float x) {
  // NaN (0 times infinity in a scale out of a hostile file) becomes the least value.
  if (!(x > (float)INT16_MIN)) return INT16_MIN;
  return x > (float)INT16_MAX ? INT16_MAX : (int16_t)x;
}

void lm__unary_fill_table_16(const lm_op_context* node, lm__real_function function,
                             const void* function_context, lm__unary* params) {
  const lm_tensor* input = lm_op_input(node, 0);
  const lm_tensor* output = lm_graph_output(lm_op_graph(node), lm_op_node(node), 0);
  int16_t* table = params->table.i16;
  const int32_t steps = LM_TABLE16_SIZE - 1;
  // Zero points are 0.
  const float low = lm__op_scale(input) * (float)INT16_MIN;
  const float high = lm__op_scale(input) * (float)INT16_MAX;
  const float step = (high - low) / (float)steps;
  const float half_step = step / 2;
  const float to_units =
      (float)(INT16_MAX - INT16_MIN + 1) /
      (lm__op_scale(output) * (float)INT16_MAX - lm__op_scale(output) * (float)INT16_MIN);
  for (int32_t i = 0; i < steps; ++i) {
    const float value = function(low + (float)i * step, function_context);
    const float middle = function(low + (float)i * step + half_step, function_context);
    const float next = function(low + (float)(i + 1) * step, function_context);
    // Each entry is shifted by half of the error that interpolation makes in the middle of its
    // segment.
    const float sample = roundf(value * to_units);
    const float interpolated = roundf((next * to_units + sample) / 2);
    const float error = interpolated - roundf(middle * to_units);
    table[i] = to_i16(sample - roundf(error / 2));
  }
  table[steps] = to_i16(roundf(function(high, function_context) * to_units));
}

void lm__table_row_8(void* out, const void* in, int64_t count, const void* params) {
  const uint8_t* table = ((const lm__unary*)params)->table.u8;
  const uint8_t* values = in;
  uint8_t* results = out;
  for (int64_t i = 0; i < count; ++i) results[i] = table[values[i]];
}

void lm__table_row_16(void* out, const void* in, int64_t count, const void* params) {
  const int16_t* table = ((const lm__unary*)params)->table.i16;
  const int16_t* values = in;
  int16_t* results = out;
  for (int64_t i = 0; i < count; ++i) results[i] = lm__unary_table16_at(table, values[i]);
}
