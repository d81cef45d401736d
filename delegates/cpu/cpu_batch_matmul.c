// SPDX-License-Identifier: MIT
//
// BATCH_MATMUL of floats. A transposed right side is laid out by rows first.
#include "cpu_op.h"

#define BLOCK 16  // rows of one task

typedef struct matmul_step {
  lm__cpu_step step;
  int32_t a_index, b_index, output_index, scratch_index;
  const float *a, *b;
  float *output, *scratch;
  bool transposed;
  int32_t rank;                                                              // of the batches
  size_t dims[LM_MAX_RANK], a_strides[LM_MAX_RANK], b_strides[LM_MAX_RANK];  // in matrices
  size_t batches, b_batches, blocks;
  size_t rows, depth, columns;
} matmul_step;

static const lm_batch_matmul_options* options_of(const lm_node* node) { return node->def->options; }

static bool matmul_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                            const lm_node* node, const char** out_why) {
  (void)delegate;
  const lm_tensor* a = lm_graph_input(graph, node, 0);
  const lm_tensor* b = lm_graph_input(graph, node, 1);
  LM_CPU_REQUIRE(a->type == LM_FLOAT32 && b->type == LM_FLOAT32, "types are not float32");
  LM_CPU_REQUIRE(!options_of(node)->adj_x, "left side is transposed");
  LM_CPU_REQUIRE(a->bytes > 0 && b->bytes > 0, "an input has no elements");
  LM_CPU_REQUIRE(lm_shape_count(&lm_graph_output(graph, node, 0)->shape) <= INT32_MAX,
                 "more elements than fit 32 bits");
  return true;
}

static void transpose_batches(void* context, int32_t thread, int32_t begin, int32_t end) {
  (void)thread;
  const matmul_step* s = context;
  enum { TILE = 16 };
  for (int32_t i = begin; i < end; ++i) {
    const float* in = s->b + (size_t)i * s->depth * s->columns;
    float* out = s->scratch + (size_t)i * s->depth * s->columns;
    for (size_t c0 = 0; c0 < s->columns; c0 += TILE) {
      const size_t c1 = c0 + TILE < s->columns ? c0 + TILE : s->columns;
      for (size_t d = 0; d < s->depth; ++d) {
        for (size_t c = c0; c < c1; ++c) out[d * s->columns + c] = in[c * s->depth + d];
      }
    }
  }
}

static void run_blocks(void* context, int32_t thread, int32_t begin, int32_t end) {
  (void)thread;
  const matmul_step* s = context;
  for (int32_t task = begin; task < end; ++task) {
    const size_t batch = (size_t)task / s->blocks, row = (size_t)task % s->blocks * BLOCK;
    size_t a = 0, b = 0, rest = batch;
    for (int32_t d = s->rank - 1; d >= 0; --d) {
      const size_t at = rest % s->dims[d];
      rest /= s->dims[d];
      a += at * s->a_strides[d];
      b += at * s->b_strides[d];
    }
    const lm__f32_matmul args = {
        .rows = s->rows - row < BLOCK ? s->rows - row : BLOCK,
        .depth = s->depth,
        .columns = s->columns,
        .a = s->a + (a * s->rows + row) * s->depth,
        .b = (s->transposed ? s->scratch : s->b) + b * s->depth * s->columns,
        .c = s->output + (batch * s->rows + row) * s->columns,
        .a_stride = s->depth,
        .b_stride = s->columns,
        .c_stride = s->columns,
    };
    s->step.delegate->vector->f32_matmul(&args);
  }
}

static void matmul_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  matmul_step* s = (matmul_step*)step;
  s->a = binding->graph->tensors[s->a_index].data;
  s->b = binding->graph->tensors[s->b_index].data;
  s->output = binding->graph->tensors[s->output_index].data;
  if (s->transposed) s->scratch = binding->buffers[s->scratch_index];
}

static void matmul_run(lm__cpu_step* step) {
  matmul_step* s = (matmul_step*)step;
  lm__thread_pool* pool = step->delegate->pool;
  if (s->transposed) lm__thread_pool_run(pool, (int32_t)s->b_batches, transpose_batches, s);
  lm__thread_pool_run(pool, (int32_t)(s->batches * s->blocks), run_blocks, s);
}

static const lm__cpu_step_kind kMatmul = {matmul_bind, matmul_run};

// Matrices from batch to batch of one side; 0 where it has one for several.
static void batch_strides(const lm_shape* shape, int32_t batch_rank, size_t* strides) {
  size_t stride = 1;
  for (int32_t d = batch_rank - 1; d >= 0; --d) {
    const int32_t own = d - (batch_rank - (shape->rank - 2));
    const size_t length = own >= 0 ? (size_t)shape->dims[own] : 1;
    strides[d] = length == 1 ? 0 : stride;
    stride *= length;
  }
}

static lm_status matmul_compile(const lm__cpu_build* build, const lm_node* node,
                                lm__cpu_step** out_step, lm_error* err) {
  const lm_tensor* a = lm_graph_input(build->graph, node, 0);
  const lm_tensor* b = lm_graph_input(build->graph, node, 1);
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  LM_CPU_TRY(
      lm__cpu_step_create(build, node, &kMatmul, sizeof(matmul_step), "f32_matmul", out_step, err));
  matmul_step* s = (matmul_step*)*out_step;
  s->a_index = lm__cpu_index(build->graph, a);
  s->b_index = lm__cpu_index(build->graph, b);
  s->output_index = lm__cpu_index(build->graph, output);
  s->transposed = options_of(node)->adj_y;
  s->rank = output->shape.rank - 2;
  s->rows = (size_t)output->shape.dims[s->rank];
  s->columns = (size_t)output->shape.dims[s->rank + 1];
  s->depth = (size_t)a->shape.dims[a->shape.rank - 1];
  s->blocks = (s->rows + BLOCK - 1) / BLOCK;
  s->batches = 1;
  for (int32_t d = 0; d < s->rank; ++d) {
    s->dims[d] = (size_t)output->shape.dims[d];
    s->batches *= s->dims[d];
  }
  batch_strides(&a->shape, s->rank, s->a_strides);
  batch_strides(&b->shape, s->rank, s->b_strides);
  s->b_batches = (size_t)lm_shape_count(&b->shape) / (s->depth * s->columns);
  if (!s->transposed) return LM_OK;
  return lm_compiler_request(build->compiler, b->bytes, node->index, node->index, &s->scratch_index,
                             err);
}

const lm__cpu_op lm__cpu_op_batch_matmul = {
    .builtin = LM_BUILTIN_BATCH_MATMUL,
    .supports = matmul_supports,
    .compile = matmul_compile,
};
