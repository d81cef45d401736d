// SPDX-License-Identifier: MIT
#include "cpu_move.h"

static bool slice_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                           const lm_node* node, const char** out_why) {
  (void)delegate;
  LM_CPU_REQUIRE(lm__cpu_move_supports(lm_graph_input(graph, node, 0)),
                 "elements have no fixed size");
  LM_CPU_REQUIRE(lm__cpu_is_constant_int(lm_graph_input(graph, node, 1)), "begin is not constant");
  return true;
}

static lm_status slice_compile(const lm__cpu_build* build, const lm_node* node,
                               lm__cpu_step** out_step, lm_error* err) {
  const lm_tensor* input = lm_graph_input(build->graph, node, 0);
  const lm_tensor* begin = lm_graph_input(build->graph, node, 1);
  ptrdiff_t strides[LM_MAX_RANK], offset = 0;
  lm__cpu_dense_strides(&input->shape, strides);
  for (int32_t d = 0; d < input->shape.rank; ++d) {
    offset += (ptrdiff_t)lm__cpu_int_at(begin, d) * strides[d];
  }
  return lm__cpu_move_view(build, node, "slice", input, offset, strides,
                           lm_graph_output(build->graph, node, 0), out_step, err);
}

const lm__cpu_op lm__cpu_op_slice = {
    .builtin = LM_BUILTIN_SLICE,
    .supports = slice_supports,
    .compile = slice_compile,
};
