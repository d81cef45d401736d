// SPDX-License-Identifier: MIT
#include "gpu_select_by.h"

static bool select_v2_supports(const lm__gpu_context* context, const lm_graph* graph,
                               const lm_node* node, const char** out_why) {
  return lm__gpu_select_supports(context, graph, node, &lm_graph_input(graph, node, 0)->shape,
                                 out_why);
}

static lm_status select_v2_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_shape* condition = &lm_graph_input(lm__gpu_graph(build), node, 0)->shape;
  return lm__gpu_select_emit(build, node, condition, "select_v2", err);
}

const lm__gpu_op lm__gpu_op_select_v2 = {
    .builtin = LM_BUILTIN_SELECT_V2,
    .supports = select_v2_supports,
    .compile = select_v2_compile,
};
