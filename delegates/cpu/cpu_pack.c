// SPDX-License-Identifier: MIT
#include "cpu_move.h"

static bool pack_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                          const lm_node* node, const char** out_why) {
  (void)delegate;
  LM_CPU_REQUIRE(lm__cpu_move_supports(lm_graph_output(graph, node, 0)),
                 "elements have no fixed size");
  return true;
}

static lm_status pack_compile(const lm__cpu_build* build, const lm_node* node,
                              lm__cpu_step** out_step, lm_error* err) {
  const lm_axis_options* options = node->def->options;
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  const int32_t rank = output->shape.rank, count = node->def->input_count;
  const int32_t axis = options->axis < 0 ? options->axis + rank : options->axis;
  const size_t repetitions = lm__cpu_dims_product(&output->shape, 0, axis);
  const size_t part = lm__cpu_dims_product(&output->shape, axis + 1, rank);
  lm__cpu_move* moves;
  LM_CPU_TRY(lm__cpu_move_create(build, node, "pack", lm_type_bytes(output->type), count, out_step,
                                 &moves, err));
  for (int32_t i = 0; i < count; ++i) {
    moves[i].input_index = lm__cpu_index(build->graph, lm_graph_input(build->graph, node, i));
    moves[i].output_index = lm__cpu_index(build->graph, output);
    moves[i].out_offset = (ptrdiff_t)part * i;
    lm__cpu_move_add(&moves[i], (int64_t)repetitions, (ptrdiff_t)part, (ptrdiff_t)part * count);
    lm__cpu_move_add(&moves[i], (int64_t)part, 1, 1);
  }
  return LM_OK;
}

const lm__cpu_op lm__cpu_op_pack = {
    .builtin = LM_BUILTIN_PACK,
    .supports = pack_supports,
    .compile = pack_compile,
};
