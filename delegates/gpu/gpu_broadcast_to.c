// SPDX-License-Identifier: MIT
#include "gpu_move.h"

static bool broadcast_to_supports(const lm__gpu_context* context, const lm_graph* graph,
                                  const lm_node* node, const char** out_why) {
  return lm__gpu_move_supports(context, graph, node, 1u << 0, out_why);
}

static lm_status broadcast_to_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  int64_t strides[LM_MAX_RANK];
  lm__gpu_broadcast_strides(&input->shape, &output->shape, strides);
  return lm__gpu_move_view(build, node, input, 0, strides, output, "broadcast_to", err);
}

const lm__gpu_op lm__gpu_op_broadcast_to = {
    .builtin = LM_BUILTIN_BROADCAST_TO,
    .supports = broadcast_to_supports,
    .compile = broadcast_to_compile,
};
