// SPDX-License-Identifier: MIT
//
// GATHER: slices along an axis; leading batch dimensions are shared with the indices.
#include "gpu_choose.h"

static lm__gpu_choice choice_of(const lm_graph* graph, const lm_node* node) {
  static const lm_axis_options none = {0, 0};
  const lm_axis_options* options = node->def->options != NULL ? node->def->options : &none;
  const lm_shape* input = &lm_graph_input(graph, node, 0)->shape;
  const lm_shape* indices = &lm_graph_input(graph, node, 1)->shape;
  const int32_t axis = options->axis < 0 ? options->axis + input->rank : options->axis;
  const int32_t batch = options->count < 0 ? options->count + indices->rank : options->count;
  return (lm__gpu_choice){.batch = lm__gpu_dims_product(input, 0, batch),
                          .outer = lm__gpu_dims_product(input, batch, axis),
                          .extent = input->dims[axis],
                          .inner = lm__gpu_dims_product(input, axis + 1, input->rank),
                          .indices = lm__gpu_dims_product(indices, batch, indices->rank)};
}

static int64_t index_at(const lm_graph* graph, const lm_node* node, int64_t i) {
  const lm_tensor* t = lm_graph_input(graph, node, 1);
  const int64_t index = t->type == LM_INT16 ? ((const int16_t*)t->data)[i] : lm__gpu_int_at(t, i);
  return index >= 0 && index < choice_of(graph, node).extent ? index : -1;
}

static bool gather_supports(const lm__gpu_context* context, const lm_graph* graph,
                            const lm_node* node, const char** out_why) {
  const lm__gpu_choice choice = choice_of(graph, node);
  return lm__gpu_choose_supports(context, graph, node, &choice, index_at, out_why);
}

static lm_status gather_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm__gpu_choice choice = choice_of(lm__gpu_graph(build), node);
  return lm__gpu_choose_compile(build, node, &choice, index_at, "gather", err);
}

const lm__gpu_op lm__gpu_op_gather = {
    .builtin = LM_BUILTIN_GATHER,
    .supports = gather_supports,
    .compile = gather_compile,
};
