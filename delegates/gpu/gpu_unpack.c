// SPDX-License-Identifier: MIT
#include "gpu_move.h"

static bool unpack_supports(const lm__gpu_context* context, const lm_graph* graph,
                            const lm_node* node, const char** out_why) {
  return lm__gpu_move_supports(context, graph, node, 1u << 0, out_why);
}

static lm_status unpack_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  int32_t axis = ((const lm_axis_options*)node->def->options)->axis;
  if (axis < 0) axis += input->shape.rank;
  for (int32_t i = 0; i < node->def->output_count; ++i) {
    LM_GPU_TRY(lm__gpu_move_part(build, node, input, lm_graph_output(graph, node, i), axis, i,
                                 false, "unpack", err));
  }
  return LM_OK;
}

const lm__gpu_op lm__gpu_op_unpack = {
    .builtin = LM_BUILTIN_UNPACK,
    .supports = unpack_supports,
    .compile = unpack_compile,
};
