// SPDX-License-Identifier: MIT
//
// RESHAPE: the same bytes.
#include "gpu_build.h"

static bool reshape_supports(const lm__gpu_context* context, const lm_graph* graph,
                             const lm_node* node, const char** out_why) {
  (void)context;
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  LM_GPU_REQUIRE(input->storage != LM_STORAGE_CONSTANT, "its input is constant");
  return true;
}

static lm_status reshape_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  return lm__gpu_share(build, lm_graph_output(graph, node, 0), lm_graph_input(graph, node, 0), err);
}

const lm__gpu_op lm__gpu_op_reshape = {
    .builtin = LM_BUILTIN_RESHAPE, .supports = reshape_supports, .compile = reshape_compile};
