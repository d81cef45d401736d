// SPDX-License-Identifier: MIT
#include "gpu_move.h"

static bool reverse_v2_supports(const lm__gpu_context* context, const lm_graph* graph,
                                const lm_node* node, const char** out_why) {
  LM_GPU_REQUIRE(lm__gpu_is_constant_int(lm_graph_input(graph, node, 1)), "axes are not constant");
  return lm__gpu_move_supports(context, graph, node, 1u << 0, out_why);
}

static lm_status reverse_v2_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* axes = lm_graph_input(graph, node, 1);
  const lm_shape* shape = &input->shape;
  bool reversed[LM_MAX_RANK] = {false};
  for (int32_t i = 0; i < axes->shape.dims[0]; ++i) {
    const int64_t axis = lm__gpu_int_at(axes, i);
    reversed[axis < 0 ? axis + shape->rank : axis] = true;
  }
  int64_t strides[LM_MAX_RANK], offset = 0;
  lm__gpu_dense_strides(shape, strides);
  for (int32_t d = 0; d < shape->rank; ++d) {
    if (!reversed[d]) continue;
    offset += (shape->dims[d] - 1) * strides[d];
    strides[d] = -strides[d];
  }
  return lm__gpu_move_view(build, node, input, offset, strides, lm_graph_output(graph, node, 0),
                           "reverse", err);
}

const lm__gpu_op lm__gpu_op_reverse_v2 = {
    .builtin = LM_BUILTIN_REVERSE_V2,
    .supports = reverse_v2_supports,
    .compile = reverse_v2_compile,
};
