// SPDX-License-Identifier: MIT
#include "gpu_move.h"

static void describe(const lm_tensor* input, const lm_tensor* output, lm__gpu_move* move) {
  int64_t in[LM_MAX_RANK], out[LM_MAX_RANK];
  lm__gpu_dense_strides(&input->shape, in);
  lm__gpu_dense_strides(&output->shape, out);
  for (int32_t d = 0; d < output->shape.rank; ++d) {
    const int64_t own = input->shape.dims[d];
    lm__gpu_move_add(move, output->shape.dims[d] / own, 0, out[d] * own);
    lm__gpu_move_add(move, own, in[d], out[d]);
  }
}

static bool tile_supports(const lm__gpu_context* context, const lm_graph* graph,
                          const lm_node* node, const char** out_why) {
  if (!lm__gpu_move_supports(context, graph, node, 1u << 0, out_why)) return false;
  lm__gpu_move move = {0};
  describe(lm_graph_input(graph, node, 0), lm_graph_output(graph, node, 0), &move);
  LM_GPU_REQUIRE(move.rank <= LM_GPU_MOVE_RANK, "too many dimensions repeat");
  return true;
}

static lm_status tile_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  lm__gpu_move move = {0};
  describe(input, output, &move);
  return lm__gpu_move_emit(build, node, &move, input, output, "tile", err);
}

const lm__gpu_op lm__gpu_op_tile = {
    .builtin = LM_BUILTIN_TILE,
    .supports = tile_supports,
    .compile = tile_compile,
};
