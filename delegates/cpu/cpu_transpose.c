// SPDX-License-Identifier: MIT
#include "cpu_move.h"

static bool transpose_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                               const lm_node* node, const char** out_why) {
  (void)delegate;
  LM_CPU_REQUIRE(lm__cpu_move_supports(lm_graph_input(graph, node, 0)),
                 "elements have no fixed size");
  LM_CPU_REQUIRE(lm__cpu_is_constant_int(lm_graph_input(graph, node, 1)),
                 "permutation is not constant");
  return true;
}

static lm_status transpose_compile(const lm__cpu_build* build, const lm_node* node,
                                   lm__cpu_step** out_step, lm_error* err) {
  const lm_tensor* input = lm_graph_input(build->graph, node, 0);
  const lm_tensor* permutation = lm_graph_input(build->graph, node, 1);
  ptrdiff_t dense[LM_MAX_RANK], strides[LM_MAX_RANK];
  lm__cpu_dense_strides(&input->shape, dense);
  for (int32_t d = 0; d < input->shape.rank; ++d) {
    const int64_t from = lm__cpu_int_at(permutation, d);
    strides[d] = dense[from < 0 ? from + input->shape.rank : from];
  }
  return lm__cpu_move_view(build, node, "transpose", input, 0, strides,
                           lm_graph_output(build->graph, node, 0), out_step, err);
}

const lm__cpu_op lm__cpu_op_transpose = {
    .builtin = LM_BUILTIN_TRANSPOSE,
    .supports = transpose_supports,
    .compile = transpose_compile,
};
