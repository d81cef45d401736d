// SPDX-License-Identifier: MIT
#include "gpu_resize.h"

typedef struct resize_params {
  int32_t items, run, in_h, in_w, out_h, out_w, depth;
} resize_params;

// A constant with the numbers of every row or column.
static lm_status make_table(lm__gpu_build* build, const lm_node* node, int32_t in, int32_t out,
                            lm__gpu_locate locate, int32_t numbers_each, lm__gpu_value* out_value,
                            lm_error* err) {
  const lm_allocator allocator = lm__gpu_allocator(build);
  const size_t bytes = (size_t)out * (size_t)numbers_each * sizeof(int32_t);
  int32_t* table = lm_alloc(allocator, bytes);
  if (table == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "resize: %zu bytes", bytes);
  for (int32_t i = 0; i < out; ++i) {
    locate(node->def->options, i, in, out, table + (size_t)i * (size_t)numbers_each);
  }
  const lm_status status = lm__gpu_constant(build, table, bytes, out_value, err);
  lm_free(allocator, table);
  return status;
}

lm_status lm__gpu_resize_compile(lm__gpu_build* build, const lm_node* node, const char* kernel,
                                 lm__gpu_type type, lm__gpu_locate locate, int32_t numbers_each,
                                 lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_shape* in = &lm_graph_input(graph, node, 0)->shape;
  const lm_shape* out = &lm_graph_output(graph, node, 0)->shape;
  lm__gpu_value x, y, rows, columns;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &x, &y, err));
  LM_GPU_TRY(make_table(build, node, in->dims[1], out->dims[1], locate, numbers_each, &rows, err));
  LM_GPU_TRY(
      make_table(build, node, in->dims[2], out->dims[2], locate, numbers_each, &columns, err));
  resize_params p = {.in_h = in->dims[1],
                     .in_w = in->dims[2],
                     .out_h = out->dims[1],
                     .out_w = out->dims[2],
                     .depth = in->dims[3]};
  const int64_t pixels = lm_shape_count(out) / p.depth;
  p.run = lm__gpu_run_of(lm__gpu_build_context(build), p.depth, pixels);
  const int64_t items = lm__gpu_pieces(pixels, p.depth, p.run);
  p.items = (int32_t)items;
  lm__gpu_call call = lm__gpu_linear_call(kernel, type, items, &p, sizeof p);
  call.arg_count = 4;
  call.args[0] = LM_GPU_READ(x);
  call.args[1] = LM_GPU_READ(rows);
  call.args[2] = LM_GPU_READ(columns);
  call.args[3] = LM_GPU_WRITE(y);
  return lm__gpu_emit(build, node, &call, err);
}
