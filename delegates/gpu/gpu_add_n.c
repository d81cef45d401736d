// SPDX-License-Identifier: MIT
//
// ADD_N: the first two are added into the output, the others to it.
#include "gpu_binary.h"

static bool add_n_supports(const lm__gpu_context* context, const lm_graph* graph,
                           const lm_node* node, const char** out_why) {
  return lm__gpu_check_alike(context, graph, node, LM_GPU_ALL_INPUTS, out_why);
}

static lm_status add_n_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* y = lm_graph_output(graph, node, 0);
  const lm_tensor* sum = lm_graph_input(graph, node, 0);
  for (int32_t i = 1; i < node->def->input_count; ++i) {
    LM_GPU_TRY(lm__gpu_binary_emit(build, node, LM_GPU_BINARY_ADD, sum,
                                   lm_graph_input(graph, node, i), y, "add_n", err));
    sum = y;
  }
  return LM_OK;
}

const lm__gpu_op lm__gpu_op_add_n = {
    .builtin = LM_BUILTIN_ADD_N,
    .supports = add_n_supports,
    .compile = add_n_compile,
};
