// SPDX-License-Identifier: MIT
//
// SPACE_TO_DEPTH: blocks of pixels become channels.
#include "gpu_move.h"

static bool space_to_depth_supports(const lm__gpu_context* context, const lm_graph* graph,
                                    const lm_node* node, const char** out_why) {
  return lm__gpu_move_supports(context, graph, node, 1u << 0, out_why);
}

static lm_status space_to_depth_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  const int64_t block = ((const lm_int_options*)node->def->options)->value;
  const int32_t depth = input->shape.dims[3];
  int64_t from[LM_MAX_RANK], to[LM_MAX_RANK];
  lm__gpu_dense_strides(&input->shape, from);
  lm__gpu_dense_strides(&output->shape, to);
  lm__gpu_move move = {0};
  lm__gpu_move_add(&move, output->shape.dims[0], from[0], to[0]);
  lm__gpu_move_add(&move, output->shape.dims[1], from[1] * block, to[1]);
  lm__gpu_move_add(&move, output->shape.dims[2], from[2] * block, to[2]);
  lm__gpu_move_add(&move, block, from[1], block * depth);
  lm__gpu_move_add(&move, block, from[2], depth);
  lm__gpu_move_add(&move, depth, 1, 1);
  return lm__gpu_move_emit(build, node, &move, input, output, "space_to_depth", err);
}

const lm__gpu_op lm__gpu_op_space_to_depth = {
    .builtin = LM_BUILTIN_SPACE_TO_DEPTH,
    .supports = space_to_depth_supports,
    .compile = space_to_depth_compile,
};
