// SPDX-License-Identifier: MIT
//
// SPLIT: the axis is the first input.
#include "gpu_move.h"

static bool split_supports(const lm__gpu_context* context, const lm_graph* graph,
                           const lm_node* node, const char** out_why) {
  LM_GPU_REQUIRE(lm__gpu_is_constant_int(lm_graph_input(graph, node, 0)), "axis is not constant");
  return lm__gpu_move_supports(context, graph, node, 1u << 1, out_why);
}

static lm_status split_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  return lm__gpu_move_split(build, node, lm_graph_input(graph, node, 1),
                            lm__gpu_int_at(lm_graph_input(graph, node, 0), 0), "split", err);
}

const lm__gpu_op lm__gpu_op_split = {
    .builtin = LM_BUILTIN_SPLIT,
    .supports = split_supports,
    .compile = split_compile,
};
