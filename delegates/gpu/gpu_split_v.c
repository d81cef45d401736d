// SPDX-License-Identifier: MIT
//
// SPLIT_V: the axis is the third input.
#include "gpu_move.h"

static bool split_v_supports(const lm__gpu_context* context, const lm_graph* graph,
                             const lm_node* node, const char** out_why) {
  LM_GPU_REQUIRE(lm__gpu_is_constant_int(lm_graph_input(graph, node, 2)), "axis is not constant");
  return lm__gpu_move_supports(context, graph, node, 1u << 0, out_why);
}

static lm_status split_v_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  return lm__gpu_move_split(build, node, lm_graph_input(graph, node, 0),
                            lm__gpu_int_at(lm_graph_input(graph, node, 2), 0), "split_v", err);
}

const lm__gpu_op lm__gpu_op_split_v = {
    .builtin = LM_BUILTIN_SPLIT_V,
    .supports = split_v_supports,
    .compile = split_v_compile,
};
