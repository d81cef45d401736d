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
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  lm__cpu_move* move;
  LM_CPU_TRY(lm__cpu_move_create(build, node, "slice", lm_type_bytes(input->type), 1, out_step,
                                 &move, err));
  move->input_index = lm__cpu_index(build->graph, input);
  move->output_index = lm__cpu_index(build->graph, output);
  ptrdiff_t in[LM_MAX_RANK], out[LM_MAX_RANK];
  lm__cpu_dense_strides(&input->shape, in);
  lm__cpu_dense_strides(&output->shape, out);
  for (int32_t d = 0; d < output->shape.rank; ++d) {
    move->in_offset += (ptrdiff_t)lm__cpu_int_at(begin, d) * in[d];
    lm__cpu_move_add(move, output->shape.dims[d], in[d], out[d]);
  }
  return LM_OK;
}

const lm__cpu_op lm__cpu_op_slice = {
    .builtin = LM_BUILTIN_SLICE,
    .supports = slice_supports,
    .compile = slice_compile,
};
