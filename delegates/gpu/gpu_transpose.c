// SPDX-License-Identifier: MIT
#include "gpu_move.h"

static bool transpose_supports(const lm__gpu_context* context, const lm_graph* graph,
                               const lm_node* node, const char** out_why) {
  LM_GPU_REQUIRE(lm__gpu_is_constant_int(lm_graph_input(graph, node, 1)),
                 "permutation is not constant");
  return lm__gpu_move_supports(context, graph, node, 1u << 0, out_why);
}

static lm_status transpose_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* permutation = lm_graph_input(graph, node, 1);
  int64_t dense[LM_MAX_RANK], strides[LM_MAX_RANK];
  lm__gpu_dense_strides(&input->shape, dense);
  for (int32_t d = 0; d < input->shape.rank; ++d) {
    const int64_t from = lm__gpu_int_at(permutation, d);
    strides[d] = dense[from < 0 ? from + input->shape.rank : from];
  }
  return lm__gpu_move_view(build, node, input, 0, strides, lm_graph_output(graph, node, 0),
                           "transpose", err);
}

const lm__gpu_op lm__gpu_op_transpose = {
    .builtin = LM_BUILTIN_TRANSPOSE,
    .supports = transpose_supports,
    .compile = transpose_compile,
};
