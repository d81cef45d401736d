// SPDX-License-Identifier: MIT
//
// Windows without a kernel of their own; the others are cpu_dw_window.c's.
//
// One output row a task, or a share of its channels where rows are few. Inside the image the kernel
// runs along the row; the pixels at its left and right edge are done one by one, with the pad in
// place of the taps that lie outside.
#include "cpu_dw_window.h"
#include "cpu_product.h"

typedef struct dw_step {
  lm__cpu_step step;
  lm__geometry g;
  const lm__f32_dw_uk* f32;  // one of the two
  const lm__q8_dw_uk* q8;
  int32_t nr;
  size_t element_bytes;
  size_t block_bytes;
  lm__cpu_range range;
  uint8_t pad_value;
  bool is_signed;
  int32_t output_zero_point;
  int32_t shares;                  // of the channels
  int32_t inner_begin, inner_end;  // output columns whose window lies inside the image

  int32_t input_index, output_index;
  int32_t scratch_index;
  size_t scratch_stride;
  const uint8_t* input;
  const uint8_t* pad;
  uint8_t* output;
  uint8_t* scratch;
} dw_step;

static void dw_bind(lm__cpu_step* step, const lm__cpu_binding* binding);
static void dw_run(lm__cpu_step* step);
static const lm__cpu_step_kind kDepthwise = {dw_bind, dw_run};

// A filter over a single channel that makes several is a plain convolution.
static bool is_plain_convolution(const lm_graph* graph, const lm_node* node) {
  return lm_graph_input(graph, node, 0)->shape.dims[3] == 1;
}

static bool dw_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                        const lm_node* node, const char** out_why) {
  (void)delegate;
  if (!lm__cpu_weights_supported(graph, node, out_why)) return false;
  const lm_conv_options* options = node->def->options;
  LM_CPU_REQUIRE(lm__cpu_is_clamp(options->activation), "fused activation is no clamp");
  const int32_t in_c = lm_graph_input(graph, node, 0)->shape.dims[3];
  LM_CPU_REQUIRE(in_c == 1 || in_c == lm_graph_output(graph, node, 0)->shape.dims[3],
                 "depth multiplier above 1");
  LM_CPU_REQUIRE(in_c > 1 || lm__cpu_window_fits(graph, node, options), "window is spread too far");
  return true;
}

static void choose_inner(dw_step* s) {
  const lm__geometry* g = &s->g;
  const int64_t reach = (int64_t)(g->filter_w - 1) * g->dilation_w;
  int64_t begin = ((int64_t)g->pad_w + g->stride_w - 1) / g->stride_w;
  const int64_t room = (int64_t)g->in_w - 1 - reach + g->pad_w;
  int64_t end = room < 0 ? 0 : room / g->stride_w + 1;
  if (begin > g->out_w) begin = g->out_w;
  if (end > g->out_w) end = g->out_w;
  s->inner_begin = (int32_t)begin;
  s->inner_end = (int32_t)(end > begin ? end : begin);
}

static lm_status pack(dw_step* s, const lm__product_desc* d, lm_error* err) {
  const int32_t taps = s->g.filter_h * s->g.filter_w;
  size_t bytes;
  const bool fits = s->f32 != NULL
                        ? lm__f32_dw_packed_bytes(s->f32, taps, s->g.out_c, &s->block_bytes, &bytes)
                        : lm__q8_dw_packed_bytes(s->q8, taps, s->g.out_c, &s->block_bytes, &bytes);
  if (!fits) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: node %d", d->node->index);
  LM_CPU_TRY(lm__cpu_step_pack(&s->step, bytes, err));
  if (s->f32 != NULL) {
    lm__f32_dw_pack(s->f32, taps, s->g.out_c, d->filter->data,
                    d->bias != NULL ? d->bias->data : NULL, s->step.packed);
    return LM_OK;
  }
  const lm__q8_weights weights = lm__cpu_q8_weights_of(d);
  lm__q8_dw_pack(s->q8, taps, s->g.out_c, &weights, s->step.packed);
  s->is_signed = weights.input_signed;
  s->pad_value = (uint8_t)weights.input_zero_point;
  s->output_zero_point = weights.output_zero_point;
  return LM_OK;
}

static lm_status compile_dw(const lm__cpu_build* build, const lm__product_desc* d,
                            lm__cpu_step** out_step, lm_error* err) {
  const bool is_float = d->input->type == LM_FLOAT32;
  const uint32_t isa = build->delegate->isa;
  const lm__f32_dw_uk* f32 = is_float ? lm__f32_dw_select(isa, build->exact) : NULL;
  const lm__q8_dw_uk* q8 = is_float ? NULL : lm__q8_dw_select(isa);
  LM_CPU_TRY(lm__cpu_step_create(build, d->node, &kDepthwise, sizeof(dw_step),
                                 is_float ? f32->name : q8->name, out_step, err));
  dw_step* s = (dw_step*)*out_step;
  s->g = d->geometry;
  s->f32 = f32;
  s->q8 = q8;
  s->nr = is_float ? f32->nr : q8->nr;
  s->element_bytes = is_float ? sizeof(float) : 1;
  s->range = d->range;
  s->input_index = lm__cpu_index(build->graph, d->input);
  s->output_index = lm__cpu_index(build->graph, d->output);
  choose_inner(s);
  LM_CPU_TRY(pack(s, d, err));

  const lm__geometry* g = &s->g;
  const int64_t rows = (int64_t)g->batches * g->out_h;
  const int32_t threads = build->delegate->threads;
  const int32_t blocks = (g->out_c + s->nr - 1) / s->nr;
  s->shares = threads > 1 && rows < 8 * (int64_t)threads ? threads * 2 : 1;
  if (s->shares > blocks) s->shares = blocks;
  // A row above or below the image is read like any other, from the pad.
  const size_t pad_elements =
      ((size_t)(s->inner_end - s->inner_begin) * (size_t)g->stride_w + 1) * (size_t)g->in_c;
  LM_CPU_TRY(lm__cpu_pad_request(build, s->pad_value, pad_elements * s->element_bytes, err));
  const size_t table_bytes = (size_t)g->filter_h * (size_t)g->filter_w * sizeof(void*);
  return lm__cpu_scratch_request(build, d->node, table_bytes, &s->scratch_stride, &s->scratch_index,
                                 err);
}

static lm_status dw_compile(const lm__cpu_build* build, const lm_node* node,
                            lm__cpu_step** out_step, lm_error* err) {
  const lm_conv_options* options = node->def->options;
  lm__product_desc d = lm__cpu_product_desc_of(build->graph, node);
  d.column_stride = 1;  // filter [1,H,W,C]
  d.k_stride = (size_t)d.filter->shape.dims[3];
  LM_CPU_TRY(lm__geometry_of_conv(d.input, d.filter, d.output, options, &d.geometry, err));
  LM_CPU_TRY(lm__cpu_activation_range(options->activation, d.output, &d.range, err));
  lm_multiplier* multipliers;
  LM_CPU_TRY(lm__cpu_conv_multipliers(build, &d, &multipliers, err));
  d.multipliers = multipliers;
  lm_status status;
  if (is_plain_convolution(build->graph, node)) {
    status = lm__cpu_product_compile(build, &d, out_step, err);
  } else {
    status = lm__cpu_dw_window_compile(build, &d, out_step, err);
    if (status == LM_OK && *out_step == NULL) {
      status = compile_dw(build, &d, out_step, err);
    }
  }
  lm_free(build->delegate->allocator, multipliers);
  return status;
}

static void dw_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  dw_step* s = (dw_step*)step;
  s->input = binding->graph->tensors[s->input_index].data;
  s->output = binding->graph->tensors[s->output_index].data;
  s->pad = lm__cpu_pad(binding, s->pad_value);
  s->scratch = binding->buffers[s->scratch_index];
}

// Channels [first, first + count) of output columns [x, x + pixels) of a row; `table` holds the
// taps of the first.
static void run_pixels(const dw_step* s, const void* const* table, uint8_t* out, int32_t first,
                       int32_t count, int32_t pixels) {
  const size_t in_stride = (size_t)s->g.stride_w * (size_t)s->g.in_c;
  const uint8_t* packed = (const uint8_t*)s->step.packed + (size_t)(first / s->nr) * s->block_bytes;
  if (s->f32 != NULL) {
    const lm__f32_dw_args args = {
        .pixels = pixels,
        .channels = count,
        .taps = s->g.filter_h * s->g.filter_w,
        .in = table,
        .in_stride = in_stride,
        .packed = (const float*)(const void*)packed,
        .out = (float*)(void*)out,
        .out_stride = (size_t)s->g.out_c,
        .min = s->range.min,
        .max = s->range.max,
    };
    s->f32->run(&args);
    return;
  }
  const lm__q8_dw_args args = {
      .pixels = pixels,
      .channels = count,
      .taps = s->g.filter_h * s->g.filter_w,
      .in = table,
      .in_stride = in_stride,
      .is_signed = s->is_signed,
      .packed = packed,
      .out = out,
      .out_stride = (size_t)s->g.out_c,
      .zero_point = s->output_zero_point,
      .min = s->range.qmin,
      .max = s->range.qmax,
  };
  s->q8->run(&args);
}

// Output columns [x, x + pixels) of row `y`; with several pixels all taps lie between the edges.
static void run_columns(const dw_step* s, const void** table, int32_t batch, int32_t y, int32_t x,
                        int32_t pixels, int32_t first, int32_t count) {
  const lm__geometry* g = &s->g;
  for (int32_t ky = 0, t = 0; ky < g->filter_h; ++ky) {
    const int64_t iy = (int64_t)y * g->stride_h - g->pad_h + (int64_t)ky * g->dilation_h;
    for (int32_t kx = 0; kx < g->filter_w; ++kx, ++t) {
      const int64_t ix = (int64_t)x * g->stride_w - g->pad_w + (int64_t)kx * g->dilation_w;
      const bool inside = iy >= 0 && iy < g->in_h && ix >= 0 && ix < g->in_w;
      const int64_t at = (((int64_t)batch * g->in_h + iy) * g->in_w + ix) * g->in_c + first;
      table[t] = inside ? s->input + at * (int64_t)s->element_bytes : s->pad;
    }
  }
  const int64_t at = (((int64_t)batch * g->out_h + y) * g->out_w + x) * g->out_c + first;
  run_pixels(s, (const void* const*)table, s->output + at * (int64_t)s->element_bytes, first, count,
             pixels);
}

static void run_share(void* context, int32_t thread, int32_t begin, int32_t end) {
  const dw_step* s = context;
  const lm__geometry* g = &s->g;
  const void** table = (const void**)(void*)(s->scratch + (size_t)thread * s->scratch_stride);
  const int32_t blocks = (g->out_c + s->nr - 1) / s->nr;
  for (int32_t task = begin; task < end; ++task) {
    const int32_t row = task / s->shares, share = task % s->shares;
    const int32_t batch = row / g->out_h, y = row % g->out_h;
    const int32_t first = (int32_t)((int64_t)blocks * share / s->shares) * s->nr;
    const int32_t last = (int32_t)((int64_t)blocks * (share + 1) / s->shares) * s->nr;
    const int32_t count = (last < g->out_c ? last : g->out_c) - first;
    for (int32_t x = 0; x < s->inner_begin; ++x) {
      run_columns(s, table, batch, y, x, 1, first, count);
    }
    if (s->inner_begin < s->inner_end) {
      run_columns(s, table, batch, y, s->inner_begin, s->inner_end - s->inner_begin, first, count);
    }
    for (int32_t x = s->inner_end; x < g->out_w; ++x) {
      run_columns(s, table, batch, y, x, 1, first, count);
    }
  }
}

static void dw_run(lm__cpu_step* step) {
  dw_step* s = (dw_step*)step;
  lm__thread_pool_run(step->delegate->pool, s->g.batches * s->g.out_h * s->shares, run_share, s);
}

const lm__cpu_op lm__cpu_op_depthwise_conv_2d = {
    .builtin = LM_BUILTIN_DEPTHWISE_CONV_2D,
    .consumes = LM_CPU_WEIGHTS | LM_CPU_BIAS,
    .supports = dw_supports,
    .compile = dw_compile,
};
