// SPDX-License-Identifier: MIT
//
// BATCH_MATMUL of floats: matrices of the last two dimensions, either transposed on request; the
// dimensions before them broadcast.
#include "gpu_util.h"
#include "gpu_walk.h"

#define RANK 6  // of kernels/batch_matmul.kernel

typedef struct matmul_params {
  int32_t items, m, n, k, a_row, a_step, b_column, b_step;
  int32_t dims[RANK], a_strides[RANK], b_strides[RANK];
} matmul_params;

static bool batch_matmul_supports(const lm__gpu_context* context, const lm_graph* graph,
                                  const lm_node* node, const char** out_why) {
  // Floats by bytes are rounded row by row in the reference kernel.
  LM_GPU_REQUIRE(lm_graph_input(graph, node, 0)->type == lm_graph_input(graph, node, 1)->type,
                 "dynamic range weights");
  return lm__gpu_check_floats(context, graph, node, LM_GPU_ALL_INPUTS, out_why);
}

static void fill_batches(matmul_params* p, const lm_shape* a, const lm_shape* b,
                         const lm_shape* output) {
  const lm_shape a_batch = lm_shape_make(a->rank - 2, a->dims);
  const lm_shape b_batch = lm_shape_make(b->rank - 2, b->dims);
  const lm_shape batch = lm_shape_make(output->rank - 2, output->dims);
  const lm_shape* const shapes[] = {&a_batch, &b_batch};
  const lm__gpu_walk walk = lm__gpu_walk_of(&batch, shapes, 2);
  for (int32_t d = 0; d < RANK; ++d) {
    const int32_t from = d - (RANK - walk.rank);
    p->dims[d] = from < 0 ? 1 : walk.dims[from];
    p->a_strides[d] = from < 0 ? 0 : walk.strides[0][from] * p->m * p->k;
    p->b_strides[d] = from < 0 ? 0 : walk.strides[1][from] * p->k * p->n;
  }
}

static lm_status batch_matmul_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_batch_matmul_options* options = node->def->options;
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_shape* a = &lm_graph_input(graph, node, 0)->shape;
  const lm_shape* b = &lm_graph_input(graph, node, 1)->shape;
  const lm_shape* output = &lm_graph_output(graph, node, 0)->shape;
  const int32_t a1 = a->dims[a->rank - 1], b1 = b->dims[b->rank - 1];
  matmul_params p = {.m = output->dims[output->rank - 2],
                     .n = output->dims[output->rank - 1],
                     .k = options->adj_x ? a->dims[a->rank - 2] : a1,
                     .a_row = options->adj_x ? 1 : a1,
                     .a_step = options->adj_x ? a1 : 1,
                     .b_column = options->adj_y ? b1 : 1,
                     .b_step = options->adj_y ? 1 : b1};
  fill_batches(&p, a, b, output);
  lm__gpu_value values[3];
  LM_GPU_TRY(lm__gpu_input_output(build, node, &values[0], &values[2], err));
  LM_GPU_TRY(lm__gpu_tensor(build, lm_graph_input(graph, node, 1), &values[1], err));
  const int32_t block = lm__gpu_block_of(lm__gpu_build_context(build), p.n);
  const int64_t items = lm__gpu_pieces(lm_shape_count(output) / p.n, p.n, block);
  p.items = (int32_t)items;
  lm__gpu_call call = lm__gpu_linear_call("batch_matmul", lm__gpu_value_type(build, values[2]),
                                          items, &p, sizeof p);
  call.key.constant_count = 1;
  call.key.constants[0] = block;
  call.arg_count = 3;
  call.args[0] = LM_GPU_READ(values[0]);
  call.args[1] = LM_GPU_READ(values[1]);
  call.args[2] = LM_GPU_WRITE(values[2]);
  return lm__gpu_emit(build, node, &call, err);
}

const lm__gpu_op lm__gpu_op_batch_matmul = {
    .builtin = LM_BUILTIN_BATCH_MATMUL,
    .supports = batch_matmul_supports,
    .compile = batch_matmul_compile,
};
