// SPDX-License-Identifier: MIT
#include "gpu_select_by.h"
#include "gpu_walk.h"

#define RANK 6  // of kernels/select_by.kernel

typedef struct select_params {
  int32_t items, run;
  int32_t dims[RANK], strides[LM_GPU_WALK_INPUTS][RANK];
} select_params;

static lm__gpu_walk walk_of(const lm_graph* graph, const lm_node* node, const lm_shape* condition) {
  const lm_shape* const shapes[] = {condition, &lm_graph_input(graph, node, 1)->shape,
                                    &lm_graph_input(graph, node, 2)->shape};
  return lm__gpu_walk_of(&lm_graph_output(graph, node, 0)->shape, shapes, 3);
}

bool lm__gpu_select_supports(const lm__gpu_context* context, const lm_graph* graph,
                             const lm_node* node, const lm_shape* condition, const char** out_why) {
  if (!lm__gpu_check(context, graph, node, 1u << 0, out_why)) return false;
  if (!lm__gpu_move_supports(context, graph, node, 1u << 1 | 1u << 2, out_why)) return false;
  LM_GPU_REQUIRE(walk_of(graph, node, condition).rank <= RANK, "too many dimensions repeat");
  return true;
}

lm_status lm__gpu_select_emit(lm__gpu_build* build, const lm_node* node, const lm_shape* condition,
                              const char* label, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  lm__gpu_value c, a, b, y;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &c, &y, err));
  LM_GPU_TRY(lm__gpu_tensor(build, lm_graph_input(graph, node, 1), &a, err));
  LM_GPU_TRY(lm__gpu_tensor(build, lm_graph_input(graph, node, 2), &b, err));
  const lm__gpu_walk walk = walk_of(graph, node, condition);
  const int32_t length = walk.dims[walk.rank - 1];
  select_params p = {.run = lm__gpu_run_of(lm__gpu_build_context(build), length, walk.rows)};
  for (int32_t d = 0; d < walk.rank; ++d) {
    p.dims[d] = walk.dims[d];
    for (int32_t k = 0; k < LM_GPU_WALK_INPUTS; ++k) p.strides[k][d] = walk.strides[k][d];
  }
  const int64_t items = lm__gpu_pieces(walk.rows, length, p.run);
  p.items = (int32_t)items;
  lm__gpu_call call = lm__gpu_linear_call(
      "select_by", lm__gpu_move_type(lm__gpu_value_type(build, y)), items, &p, sizeof p);
  call.key.constant_count = 1;
  call.key.constants[0] = walk.rank;
  call.arg_count = 4;
  call.args[0] = LM_GPU_READ(c);
  call.args[1] = LM_GPU_READ(a);
  call.args[2] = LM_GPU_READ(b);
  call.args[3] = LM_GPU_WRITE(y);
  call.label = label;
  return lm__gpu_emit(build, node, &call, err);
}
