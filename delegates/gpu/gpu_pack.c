// SPDX-License-Identifier: MIT
#include "gpu_move.h"

static bool pack_supports(const lm__gpu_context* context, const lm_graph* graph,
                          const lm_node* node, const char** out_why) {
  return lm__gpu_move_supports(context, graph, node, LM_GPU_ALL_INPUTS, out_why);
}

static lm_status pack_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  int32_t axis = ((const lm_axis_options*)node->def->options)->axis;
  if (axis < 0) axis += output->shape.rank;
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    LM_GPU_TRY(lm__gpu_move_part(build, node, output, lm_graph_input(graph, node, i), axis, i, true,
                                 "pack", err));
  }
  return LM_OK;
}

const lm__gpu_op lm__gpu_op_pack = {
    .builtin = LM_BUILTIN_PACK,
    .supports = pack_supports,
    .compile = pack_compile,
};
