// SPDX-License-Identifier: MIT
#include "cpu_pool.h"

#include "cpu_fusion.h"
#include "geometry.h"

typedef struct pool_step {
  lm__cpu_step step;
  lm__cpu_pool_kernel kernel;
  bool is_signed;
  lm__geometry g;
  size_t element_bytes;
  lm__cpu_range range;
  int32_t input_index;
  lm__cpu_target target;
  int32_t scratch_index;
  size_t scratch_stride;
  const uint8_t* input;
  uint8_t* output;
  uint8_t* scratch;
} pool_step;

bool lm__cpu_pool_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                           const lm_node* node, const char** out_why) {
  (void)delegate;
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  const lm_pool_options* options = node->def->options;
  LM_CPU_REQUIRE(lm__cpu_is_plain(output) && input->type == output->type,
                 "type is not float32, int8 or uint8");
  LM_CPU_REQUIRE(lm__cpu_is_clamp(options->activation), "fused activation is no clamp");
  // Sums of 8-bit values stay far inside 32 bits, and tables of taps small.
  LM_CPU_REQUIRE((int64_t)options->filter_h * options->filter_w <= 1 << 20,
                 "window of more than 2^20 elements");
  return true;
}

static void run_pixel(const pool_step* s, const void** table, int32_t batch, int32_t y, int32_t x) {
  const lm__geometry* g = &s->g;
  const int64_t top = (int64_t)y * g->stride_h - g->pad_h;
  const int64_t left = (int64_t)x * g->stride_w - g->pad_w;
  const int64_t bottom = top + g->filter_h < g->in_h ? top + g->filter_h : g->in_h;
  const int64_t right = left + g->filter_w < g->in_w ? left + g->filter_w : g->in_w;
  const size_t pixel_bytes = (size_t)g->in_c * s->element_bytes;
  int32_t taps = 0;
  for (int64_t iy = top > 0 ? top : 0; iy < bottom; ++iy) {
    for (int64_t ix = left > 0 ? left : 0; ix < right; ++ix) {
      table[taps++] =
          s->input + (size_t)(((int64_t)batch * g->in_h + iy) * g->in_w + ix) * pixel_bytes;
    }
  }
  const lm__pool_args args = {
      .taps = taps,
      .channels = g->in_c,
      .in = (const void* const*)table,
      .out = s->output + (size_t)(((int64_t)batch * g->out_h + y) * g->out_w + x) *
                             s->target.pixel_stride * s->element_bytes,
      .min = s->range.min,
      .max = s->range.max,
      .is_signed = s->is_signed,
      .qmin = s->range.qmin,
      .qmax = s->range.qmax,
  };
  s->kernel.pixel(&args);
}

static void run_row(const pool_step* s, int32_t batch, int32_t y) {
  const lm__geometry* g = &s->g;
  const int64_t top = (int64_t)y * g->stride_h - g->pad_h;
  const int64_t bottom = top + g->filter_h < g->in_h ? top + g->filter_h : g->in_h;
  const int64_t first = top > 0 ? top : 0;
  const size_t row_bytes = (size_t)g->in_w * (size_t)g->in_c;
  const lm__pool_row_args args = {
      .rows = (int32_t)(bottom - first),
      .in_w = g->in_w,
      .channels = g->in_c,
      .in = s->input + (size_t)((int64_t)batch * g->in_h + first) * row_bytes,
      .row_stride = row_bytes,
      .filter_w = g->filter_w,
      .stride_w = g->stride_w,
      .pad_w = g->pad_w,
      .pixels = g->out_w,
      .out = s->output +
             (size_t)((int64_t)batch * g->out_h + y) * (size_t)g->out_w * s->target.pixel_stride,
      .out_stride = s->target.pixel_stride,
      .is_signed = s->is_signed,
      .qmin = s->range.qmin,
      .qmax = s->range.qmax,
  };
  s->kernel.row(&args);
}

static void run_rows(void* context, int32_t thread, int32_t begin, int32_t end) {
  const pool_step* s = context;
  const void** table = (const void**)(void*)(s->scratch + (size_t)thread * s->scratch_stride);
  for (int32_t i = begin; i < end; ++i) {
    const int32_t batch = i / s->g.out_h, y = i % s->g.out_h;
    if (s->kernel.row != NULL) {
      run_row(s, batch, y);
      continue;
    }
    for (int32_t x = 0; x < s->g.out_w; ++x) run_pixel(s, table, batch, y, x);
  }
}

static void pool_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  pool_step* s = (pool_step*)step;
  s->input = binding->graph->tensors[s->input_index].data;
  s->output = (uint8_t*)binding->graph->tensors[s->target.tensor_index].data +
              s->target.offset * s->element_bytes;
  s->scratch = binding->buffers[s->scratch_index];
}

static void pool_run(lm__cpu_step* step) {
  pool_step* s = (pool_step*)step;
  lm__thread_pool_run(step->delegate->pool, s->g.batches * s->g.out_h, run_rows, s);
}

static const lm__cpu_step_kind kPool = {pool_bind, pool_run};

lm_status lm__cpu_pool_compile(const lm__cpu_build* build, const lm_node* node,
                               lm__cpu_pool_kernel kernel, lm__cpu_step** out_step, lm_error* err) {
  const lm_tensor* input = lm_graph_input(build->graph, node, 0);
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  const lm_pool_options* o = node->def->options;
  LM_CPU_TRY(
      lm__cpu_step_create(build, node, &kPool, sizeof(pool_step), kernel.name, out_step, err));
  pool_step* s = (pool_step*)*out_step;
  s->kernel = kernel;
  s->is_signed = input->type == LM_INT8;
  LM_CPU_TRY(lm__geometry_of_pool(input, output, o, &s->g, err));
  s->element_bytes = lm_type_bytes(input->type);
  LM_CPU_TRY(lm__cpu_activation_range(o->activation, output, &s->range, err));
  s->input_index = lm__cpu_index(build->graph, input);
  s->target = lm__cpu_target_of(build, node);
  const size_t taps = (size_t)o->filter_h * (size_t)o->filter_w;
  return lm__cpu_scratch_request(build, node, taps * sizeof(void*), &s->scratch_stride,
                                 &s->scratch_index, err);
}
