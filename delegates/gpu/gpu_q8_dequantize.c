// SPDX-License-Identifier: MIT
//
// DEQUANTIZE: bytes to floats.
#include "gpu_q8.h"

#define VALUES 256

// As in kernels/q8_dequantize.kernel.
typedef struct dequantize_params {
  int32_t count;
} dequantize_params;

static bool dequantize_supports(const lm__gpu_context* context, const lm_graph* graph,
                                const lm_node* node, const char** out_why) {
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  if (!lm__gpu_q8_is_wanted(context, input, out_why)) return false;
  LM_GPU_REQUIRE(lm__gpu_q8_is_byte(context, input), "quantization is not per tensor");
  return lm__gpu_q8_is_countable(input, out_why);
}

static lm_status dequantize_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_tensor* input = lm_graph_input(lm__gpu_graph(build), node, 0);
  const double scale = (double)lm__gpu_q8_scale(input);
  const int32_t zero_point = lm__gpu_q8_zero(input);
  float table[VALUES];  // by the bits of a byte
  for (int32_t i = 0; i < VALUES; ++i) {
    const int32_t x = input->type == LM_INT8 ? (int8_t)i : i;
    table[i] = (float)(scale * (x - zero_point));
  }
  lm__gpu_value from, to, values;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &from, &to, err));
  LM_GPU_TRY(lm__gpu_constant(build, table, sizeof table, &values, err));
  const dequantize_params params = {(int32_t)lm_shape_count(&input->shape)};
  lm__gpu_call call = lm__gpu_linear_call("q8_dequantize", lm__gpu_value_type(build, to),
                                          params.count, &params, sizeof params);
  call.arg_count = 3;
  call.args[0] = LM_GPU_READ(from);
  call.args[1] = LM_GPU_READ(values);
  call.args[2] = LM_GPU_WRITE(to);
  return lm__gpu_emit(build, node, &call, err);
}

const lm__gpu_op lm__gpu_op_q8_dequantize = {LM_BUILTIN_DEQUANTIZE, dequantize_supports,
                                             dequantize_compile};
