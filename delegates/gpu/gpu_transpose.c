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
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  int64_t in[LM_MAX_RANK], out[LM_MAX_RANK];
  lm__gpu_dense_strides(&input->shape, in);
  lm__gpu_dense_strides(&output->shape, out);
  lm__gpu_move move = {0};
  for (int32_t d = 0; d < output->shape.rank; ++d) {
    const int64_t from = lm__gpu_int_at(permutation, d);
    lm__gpu_move_add(&move, output->shape.dims[d], in[from < 0 ? from + input->shape.rank : from],
                     out[d]);
  }
  return lm__gpu_move_emit(build, node, &move, input, output, "transpose", err);
}

const lm__gpu_op lm__gpu_op_transpose = {
    .builtin = LM_BUILTIN_TRANSPOSE,
    .supports = transpose_supports,
    .compile = transpose_compile,
};
