// SPDX-License-Identifier: MIT
#include "gpu_share.h"

#include "gpu_move.h"

bool lm__gpu_share_supports(const lm__gpu_context* context, const lm_graph* graph,
                            const lm_node* node, const char** out_why) {
  LM_GPU_REQUIRE(lm_graph_input(graph, node, 0)->storage != LM_STORAGE_CONSTANT,
                 "its input is constant");
  return lm__gpu_move_supports(context, graph, node, 1u << 0, out_why);
}

lm_status lm__gpu_share_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  return lm__gpu_share(build, lm_graph_output(graph, node, 0), lm_graph_input(graph, node, 0), err);
}
