// SPDX-License-Identifier: MIT
//
// SELECT: the condition has the shape of the inputs, or is a scalar, or has one element for each
// row of the first dimension.
#include "gpu_select_by.h"

static lm_shape condition_of(const lm_graph* graph, const lm_node* node) {
  const lm_shape* x = &lm_graph_input(graph, node, 1)->shape;
  lm_shape condition = lm_graph_input(graph, node, 0)->shape;
  if (condition.rank == 1 && x->rank > 1) {
    condition.rank = x->rank;
    for (int32_t d = 1; d < x->rank; ++d) condition.dims[d] = 1;
  }
  return condition;
}

static bool select_supports(const lm__gpu_context* context, const lm_graph* graph,
                            const lm_node* node, const char** out_why) {
  const lm_shape condition = condition_of(graph, node);
  return lm__gpu_select_supports(context, graph, node, &condition, out_why);
}

static lm_status select_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_shape condition = condition_of(lm__gpu_graph(build), node);
  return lm__gpu_select_emit(build, node, &condition, "select", err);
}

const lm__gpu_op lm__gpu_op_select = {
    .builtin = LM_BUILTIN_SELECT,
    .supports = select_supports,
    .compile = select_compile,
};
