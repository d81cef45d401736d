// SPDX-License-Identifier: MIT
#include "cpu_split.h"

bool lm__cpu_split_supports(const lm_graph* graph, const lm_node* node, int32_t input, int32_t axis,
                            const char** out_why) {
  LM_CPU_REQUIRE(lm__cpu_move_supports(lm_graph_input(graph, node, input)),
                 "elements have no fixed size");
  LM_CPU_REQUIRE(axis < 0 || lm__cpu_is_constant_int(lm_graph_input(graph, node, axis)),
                 "axis is not constant");
  return true;
}

lm_status lm__cpu_split_compile(const lm__cpu_build* build, const lm_node* node, int32_t input_at,
                                int32_t axis_at, lm__cpu_step** out_step, lm_error* err) {
  const lm_tensor* input = lm_graph_input(build->graph, node, input_at);
  int64_t axis = axis_at < 0 ? ((const lm_axis_options*)node->def->options)->axis
                             : lm__cpu_int_at(lm_graph_input(build->graph, node, axis_at), 0);
  if (axis < 0) axis += input->shape.rank;
  const size_t repetitions = lm__cpu_dims_product(&input->shape, 0, (int32_t)axis);
  const size_t whole = lm__cpu_dims_product(&input->shape, (int32_t)axis, input->shape.rank);
  lm__cpu_move* moves;
  LM_CPU_TRY(lm__cpu_move_create(build, node, "split", lm_type_bytes(input->type),
                                 node->def->output_count, out_step, &moves, err));
  ptrdiff_t offset = 0;
  for (int32_t i = 0; i < node->def->output_count; ++i) {
    const lm_tensor* output = lm_graph_output(build->graph, node, i);
    const size_t part = (size_t)lm_shape_count(&output->shape) / repetitions;
    moves[i].input_index = lm__cpu_index(build->graph, input);
    moves[i].output_index = lm__cpu_index(build->graph, output);
    moves[i].in_offset = offset;
    lm__cpu_move_add(&moves[i], (int64_t)repetitions, (ptrdiff_t)whole, (ptrdiff_t)part);
    lm__cpu_move_add(&moves[i], (int64_t)part, 1, 1);
    offset += (ptrdiff_t)part;
  }
  return LM_OK;
}

LM_CPU_SPLIT_OP(split, LM_BUILTIN_SPLIT, 1, 0);
