// SPDX-License-Identifier: MIT
//
// SPLIT and SPLIT_V: an input cut along an axis. They differ in the order of their inputs.
#include "gpu_move.h"

static bool is_split_v(const lm_node* node) { return node->def->builtin == LM_BUILTIN_SPLIT_V; }

static const lm_tensor* axis_of(const lm_graph* graph, const lm_node* node) {
  return lm_graph_input(graph, node, is_split_v(node) ? 2 : 0);
}

static int32_t whole_of(const lm_node* node) { return is_split_v(node) ? 0 : 1; }

bool lm__gpu_split_supports(const lm__gpu_context* context, const lm_graph* graph,
                            const lm_node* node, const char** out_why) {
  LM_GPU_REQUIRE(lm__gpu_is_constant_int(axis_of(graph, node)), "axis is not constant");
  return lm__gpu_move_supports(context, graph, node, 1u << whole_of(node), out_why);
}

lm_status lm__gpu_split_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* whole = lm_graph_input(graph, node, whole_of(node));
  const int64_t axis = lm__gpu_int_at(axis_of(graph, node), 0);
  const int32_t along = (int32_t)(axis < 0 ? axis + whole->shape.rank : axis);
  const char* label = is_split_v(node) ? "split_v" : "split";
  int64_t at = 0;
  for (int32_t i = 0; i < node->def->output_count; ++i) {
    const lm_tensor* part = lm_graph_output(graph, node, i);
    LM_GPU_TRY(lm__gpu_move_part(build, node, whole, part, along, at, false, label, err));
    at += part->shape.dims[along];
  }
  return LM_OK;
}

const lm__gpu_op lm__gpu_op_split = {
    .builtin = LM_BUILTIN_SPLIT,
    .supports = lm__gpu_split_supports,
    .compile = lm__gpu_split_compile,
};
