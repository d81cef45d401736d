// SPDX-License-Identifier: MIT
#include "gpu_choose.h"

typedef struct gather_params {
  int32_t items, run, outer, extent, inner, indices;
} gather_params;

bool lm__gpu_choose_supports(const lm__gpu_context* context, const lm_graph* graph,
                             const lm_node* node, const lm__gpu_choice* choice, lm__gpu_index index,
                             const char** out_why) {
  const lm_tensor* indices = lm_graph_input(graph, node, 1);
  LM_GPU_REQUIRE(indices->storage == LM_STORAGE_CONSTANT && indices->data != NULL,
                 "indices are not constant, and bad ones could not be reported");
  if (!lm__gpu_move_supports(context, graph, node, 1u << 0, out_why)) return false;
  for (int64_t i = 0; i < choice->batch * choice->indices; ++i) {
    LM_GPU_REQUIRE(index(graph, node, i) >= 0, "an index is out of range");
  }
  return true;
}

lm_status lm__gpu_choose_compile(lm__gpu_build* build, const lm_node* node,
                                 const lm__gpu_choice* choice, lm__gpu_index index,
                                 const char* label, lm_error* err) {
  const lm_allocator allocator = lm__gpu_allocator(build);
  const int64_t count = choice->batch * choice->indices;
  const size_t bytes = (size_t)count * sizeof(int32_t);
  int32_t* table = lm_alloc(allocator, bytes);
  if (table == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%s: %zu bytes", label, bytes);
  for (int64_t i = 0; i < count; ++i) {
    table[i] = (int32_t)index(lm__gpu_graph(build), node, i);
  }
  lm__gpu_value x, y, chosen;
  lm_status status = lm__gpu_constant(build, table, bytes, &chosen, err);
  lm_free(allocator, table);
  if (status != LM_OK) return status;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &x, &y, err));
  gather_params p = {.outer = (int32_t)choice->outer,
                     .extent = (int32_t)choice->extent,
                     .inner = (int32_t)choice->inner,
                     .indices = (int32_t)choice->indices};
  const int64_t slices = count * choice->outer;
  p.run = lm__gpu_run_of(lm__gpu_build_context(build), choice->inner, slices);
  const int64_t items = lm__gpu_pieces(slices, choice->inner, p.run);
  p.items = (int32_t)items;
  lm__gpu_call call = lm__gpu_linear_call("gather", lm__gpu_move_type(lm__gpu_value_type(build, y)),
                                          items, &p, sizeof p);
  call.arg_count = 3;
  call.args[0] = LM_GPU_READ(x);
  call.args[1] = LM_GPU_READ(chosen);
  call.args[2] = LM_GPU_WRITE(y);
  call.label = label;
  return lm__gpu_emit(build, node, &call, err);
}
