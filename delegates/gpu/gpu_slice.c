// SPDX-License-Identifier: MIT
#include "gpu_move.h"

static bool slice_supports(const lm__gpu_context* context, const lm_graph* graph,
                           const lm_node* node, const char** out_why) {
  LM_GPU_REQUIRE(lm__gpu_is_constant_int(lm_graph_input(graph, node, 1)), "begin is not constant");
  return lm__gpu_move_supports(context, graph, node, 1u << 0, out_why);
}

static lm_status slice_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* begin = lm_graph_input(graph, node, 1);
  int64_t strides[LM_MAX_RANK], offset = 0;
  lm__gpu_dense_strides(&input->shape, strides);
  for (int32_t d = 0; d < input->shape.rank; ++d) offset += lm__gpu_int_at(begin, d) * strides[d];
  return lm__gpu_move_view(build, node, input, offset, strides, lm_graph_output(graph, node, 0),
                           "slice", err);
}

const lm__gpu_op lm__gpu_op_slice = {
    .builtin = LM_BUILTIN_SLICE,
    .supports = slice_supports,
    .compile = slice_compile,
};
