// SPDX-License-Identifier: MIT
#include "gpu_q8_table.h"

#include "node_table.h"

// As in kernels/q8_table.kernel.
typedef struct table_params {
  int32_t items, run, row, output_row, offset;
} table_params;

bool lm__gpu_q8_table_supports(const lm__gpu_context* context, const lm_graph* graph,
                               const lm_node* node, const char** out_why) {
  if (!lm__gpu_q8_check(context, graph, node, 1, out_why)) return false;
  LM_GPU_REQUIRE(lm__node_has_table(graph, node, 0), "not a function of one byte");
  return true;
}

lm_status lm__gpu_q8_table_emit(lm__gpu_build* build, const lm_node* node, lm__gpu_value input,
                                int64_t count, int64_t row, const uint8_t* table,
                                lm__gpu_value output, int64_t output_row, int64_t offset,
                                lm_error* err) {
  lm__gpu_value constant;
  LM_GPU_TRY(lm__gpu_constant(build, table, LM__NODE_TABLE_SIZE, &constant, err));
  const int64_t rows = count / row;
  const int32_t run = lm__gpu_run_of(lm__gpu_build_context(build), row, rows);
  const int64_t items = lm__gpu_pieces(rows, row, run);
  const table_params params = {(int32_t)items, run, (int32_t)row, (int32_t)output_row,
                               (int32_t)offset};
  lm__gpu_call call = lm__gpu_linear_call("q8_table", LM_GPU_U8, items, &params, sizeof params);
  call.arg_count = 3;
  call.args[0] = LM_GPU_READ(input);
  call.args[1] = LM_GPU_READ(constant);
  call.args[2] = LM_GPU_WRITE(output);
  return lm__gpu_emit(build, node, &call, err);
}

lm_status lm__gpu_q8_table_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  lm__gpu_value input, output;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &input, &output, err));
  uint8_t table[LM__NODE_TABLE_SIZE];
  const lm_graph* graph = lm__gpu_graph(build);
  LM_GPU_TRY(lm__node_table_fill(graph, node, 0, lm__gpu_allocator(build), table, err));
  const int64_t count = lm_shape_count(&lm_graph_output(graph, node, 0)->shape);
  return lm__gpu_q8_table_emit(build, node, input, count, count, table, output, count, 0, err);
}
