// SPDX-License-Identifier: MIT
//
// QUANTIZE: floats to bytes, bytes to bytes of another scale, int32 to bytes.
#include <math.h>

#include "gpu_q8_table.h"

#define VALUES 256

// As in kernels/q8_quantize.kernel.
typedef struct quantize_params {
  int32_t count;
  float inverse_scale;
  int32_t zero_point, min, max;
} quantize_params;

// As in kernels/q8_requantize.kernel.
typedef struct requantize_params {
  int32_t count, zero_in;
  lm_multiplier scale;
  int32_t zero_out, min, max;
} requantize_params;

static bool quantize_supports(const lm__gpu_context* context, const lm_graph* graph,
                              const lm_node* node, const char** out_why) {
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  if (context->options->dequantize) return false;
  LM_GPU_REQUIRE(output->type == LM_INT8 || output->type == LM_UINT8,
                 "output is not int8 or uint8");
  if (!lm__gpu_q8_is_wanted(context, output, out_why)) return false;
  LM_GPU_REQUIRE(lm__gpu_q8_is_byte(context, output), "quantization is not per tensor");
  LM_GPU_REQUIRE(input->type == LM_FLOAT32 || lm__gpu_q8_is_byte(context, input) ||
                     (input->type == LM_INT32 && input->quantization.count == 1),
                 "input is not float32, int32, int8 or uint8");
  return lm__gpu_q8_is_countable(output, out_why);
}

// The least float that the reference rounds to `steps` or above.
static float threshold(float scale, int32_t steps) {
  float x = ((float)steps - 0.5f) * scale;
  while (roundf(x / scale) >= (float)steps) x = nextafterf(x, -INFINITY);
  while (roundf(x / scale) < (float)steps) x = nextafterf(x, INFINITY);
  return x;
}

static lm_status quantize_floats(lm__gpu_build* build, const lm_node* node, const lm_tensor* output,
                                 lm_error* err) {
  const float scale = lm__gpu_q8_scale(output);
  const int32_t zero_point = lm__gpu_q8_zero(output);
  quantize_params params = {
      .count = (int32_t)lm_shape_count(&output->shape),
      .inverse_scale = 1.0f / scale,
      .zero_point = zero_point,
  };
  lm_type_range(output->type, &params.min, &params.max);
  float thresholds[VALUES];
  for (int32_t i = 0; i < VALUES; ++i)
    thresholds[i] = threshold(scale, params.min + i - zero_point);
  lm__gpu_value from, to, table;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &from, &to, err));
  LM_GPU_TRY(lm__gpu_constant(build, thresholds, sizeof thresholds, &table, err));
  lm__gpu_call call = lm__gpu_linear_call("q8_quantize", lm__gpu_value_type(build, from),
                                          params.count, &params, sizeof params);
  call.arg_count = 3;
  call.args[0] = LM_GPU_READ(from);
  call.args[1] = LM_GPU_READ(table);
  call.args[2] = LM_GPU_WRITE(to);
  return lm__gpu_emit(build, node, &call, err);
}

static lm_status quantize_integers(lm__gpu_build* build, const lm_node* node,
                                   const lm_tensor* input, const lm_tensor* output, lm_error* err) {
  requantize_params params = {
      .count = (int32_t)lm_shape_count(&output->shape),
      .zero_in = lm__gpu_q8_zero(input),
      .scale =
          lm_multiplier_make((double)lm__gpu_q8_scale(input) / (double)lm__gpu_q8_scale(output)),
      .zero_out = lm__gpu_q8_zero(output),
  };
  lm_type_range(output->type, &params.min, &params.max);
  lm__gpu_value from, to;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &from, &to, err));
  lm__gpu_call call = lm__gpu_linear_call("q8_requantize", lm__gpu_value_type(build, to),
                                          params.count, &params, sizeof params);
  call.arg_count = 2;
  call.args[0] = LM_GPU_READ(from);
  call.args[1] = LM_GPU_WRITE(to);
  return lm__gpu_emit(build, node, &call, err);
}

static lm_status quantize_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_tensor* input = lm_graph_input(lm__gpu_graph(build), node, 0);
  const lm_tensor* output = lm_graph_output(lm__gpu_graph(build), node, 0);
  if (input->type == LM_FLOAT32) return quantize_floats(build, node, output, err);
  if (input->type == LM_INT32) return quantize_integers(build, node, input, output, err);
  return lm__gpu_q8_table_compile(build, node, err);
}

const lm__gpu_op lm__gpu_op_q8_quantize = {LM_BUILTIN_QUANTIZE, quantize_supports,
                                           quantize_compile};
