// SPDX-License-Identifier: MIT
#include "gpu_rows.h"

// From this many rows on a GPU is busy with one work-item a row, or rows are shorter than what
// meeting in local memory is worth.
#define ENOUGH_ROWS 4096
#define SHORT_ROW 32
#define GROUP_ITEMS 128

typedef struct rows_params {
  int32_t rows, depth;
  float beta;
} rows_params;

bool lm__gpu_rows_supports(const lm__gpu_context* context, const lm_graph* graph,
                           const lm_node* node, const char** out_why) {
  return lm__gpu_check_floats(context, graph, node, LM_GPU_ALL_INPUTS, out_why);
}

lm_status lm__gpu_rows_compile(lm__gpu_build* build, const lm_node* node, lm__gpu_norm norm,
                               float beta, const char* label, lm_error* err) {
  const lm_shape* shape = &lm_graph_input(lm__gpu_graph(build), node, 0)->shape;
  const lm__gpu_context* context = lm__gpu_build_context(build);
  lm__gpu_value x, y;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &x, &y, err));
  const int32_t depth = shape->dims[shape->rank - 1];
  const int64_t rows = lm_shape_count(shape) / depth;
  const rows_params p = {.rows = (int32_t)rows, .depth = depth, .beta = beta};
  lm__gpu_call call = lm__gpu_linear_call("rows", lm__gpu_value_type(build, y), rows, &p, sizeof p);
  call.key.constant_count = 1;
  call.key.constants[0] = (int32_t)norm;
  call.arg_count = 2;
  call.args[0] = LM_GPU_READ(x);
  call.args[1] = LM_GPU_WRITE(y);
  call.label = label;
  if (!lm__gpu_wants_loops(context) && rows < ENOUGH_ROWS && depth >= SHORT_ROW &&
      context->device->caps.max_group_items >= GROUP_ITEMS) {
    call.key.name = "rows_group";
    call.key.group[0] = GROUP_ITEMS;
    call.key.group[1] = call.key.group[2] = 1;
    call.key.constant_count = 2;
    call.key.constants[1] = GROUP_ITEMS;
    call.items[1] = call.items[2] = 1;
  }
  return lm__gpu_emit(build, node, &call, err);
}
