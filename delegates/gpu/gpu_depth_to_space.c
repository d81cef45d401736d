// SPDX-License-Identifier: MIT
//
// DEPTH_TO_SPACE: channels become blocks of pixels.
#include "gpu_move.h"

static bool depth_to_space_supports(const lm__gpu_context* context, const lm_graph* graph,
                                    const lm_node* node, const char** out_why) {
  return lm__gpu_move_supports(context, graph, node, 1u << 0, out_why);
}

static lm_status depth_to_space_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  const int64_t block = ((const lm_int_options*)node->def->options)->value;
  const int32_t depth = output->shape.dims[3];
  int64_t from[LM_MAX_RANK], to[LM_MAX_RANK];
  lm__gpu_dense_strides(&input->shape, from);
  lm__gpu_dense_strides(&output->shape, to);
  lm__gpu_move move = {0};
  lm__gpu_move_add(&move, input->shape.dims[0], from[0], to[0]);
  lm__gpu_move_add(&move, input->shape.dims[1], from[1], to[1] * block);
  lm__gpu_move_add(&move, block, block * depth, to[1]);
  lm__gpu_move_add(&move, input->shape.dims[2], from[2], to[2] * block);
  lm__gpu_move_add(&move, block, depth, to[2]);
  lm__gpu_move_add(&move, depth, 1, 1);
  return lm__gpu_move_emit(build, node, &move, input, output, "depth_to_space", err);
}

const lm__gpu_op lm__gpu_op_depth_to_space = {
    .builtin = LM_BUILTIN_DEPTH_TO_SPACE,
    .supports = depth_to_space_supports,
    .compile = depth_to_space_compile,
};
