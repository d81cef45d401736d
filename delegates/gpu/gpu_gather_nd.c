// SPDX-License-Identifier: MIT
//
// GATHER_ND: the last dimension of the indices addresses slices of the input.
#include "gpu_choose.h"

static lm__gpu_choice choice_of(const lm_graph* graph, const lm_node* node) {
  const lm_shape* input = &lm_graph_input(graph, node, 0)->shape;
  const lm_shape* indices = &lm_graph_input(graph, node, 1)->shape;
  const int32_t depth = indices->dims[indices->rank - 1];
  return (lm__gpu_choice){.batch = 1,
                          .outer = 1,
                          .extent = lm__gpu_dims_product(input, 0, depth),
                          .inner = lm__gpu_dims_product(input, depth, input->rank),
                          .indices = lm__gpu_dims_product(indices, 0, indices->rank - 1)};
}

static int64_t index_at(const lm_graph* graph, const lm_node* node, int64_t i) {
  const lm_shape* input = &lm_graph_input(graph, node, 0)->shape;
  const lm_tensor* t = lm_graph_input(graph, node, 1);
  const int32_t depth = t->shape.dims[t->shape.rank - 1];
  int64_t at = 0;
  for (int32_t d = 0; d < depth; ++d) {
    const int64_t index = lm__gpu_int_at(t, i * depth + d);
    if (index < 0 || index >= input->dims[d]) return -1;
    at = at * input->dims[d] + index;
  }
  return at;
}

static bool gather_nd_supports(const lm__gpu_context* context, const lm_graph* graph,
                               const lm_node* node, const char** out_why) {
  const lm__gpu_choice choice = choice_of(graph, node);
  return lm__gpu_choose_supports(context, graph, node, &choice, index_at, out_why);
}

static lm_status gather_nd_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm__gpu_choice choice = choice_of(lm__gpu_graph(build), node);
  return lm__gpu_choose_compile(build, node, &choice, index_at, "gather_nd", err);
}

const lm__gpu_op lm__gpu_op_gather_nd = {
    .builtin = LM_BUILTIN_GATHER_ND,
    .supports = gather_nd_supports,
    .compile = gather_nd_compile,
};
