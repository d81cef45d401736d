// SPDX-License-Identifier: MIT
#include "gpu_q8.h"

// As in kernels/q8_l2_normalization.kernel.
typedef struct l2_params {
  int32_t rows, depth, zero_point;
} l2_params;

static bool l2_supports(const lm__gpu_context* context, const lm_graph* graph, const lm_node* node,
                        const char** out_why) {
  return lm__gpu_q8_check(context, graph, node, 1, out_why);
}

static lm_status l2_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_tensor* input = lm_graph_input(lm__gpu_graph(build), node, 0);
  lm__gpu_value from, to;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &from, &to, err));
  const int32_t depth = input->shape.dims[input->shape.rank - 1];
  const l2_params params = {
      .rows = (int32_t)(lm_shape_count(&input->shape) / depth),
      .depth = depth,
      .zero_point = lm__gpu_q8_zero(input),
  };
  lm__gpu_call call = lm__gpu_linear_call("q8_l2_normalization", lm__gpu_value_type(build, from),
                                          params.rows, &params, sizeof params);
  call.arg_count = 2;
  call.args[0] = LM_GPU_READ(from);
  call.args[1] = LM_GPU_WRITE(to);
  return lm__gpu_emit(build, node, &call, err);
}

const lm__gpu_op lm__gpu_op_q8_l2_normalization = {LM_BUILTIN_L2_NORMALIZATION, l2_supports,
                                                   l2_compile};
