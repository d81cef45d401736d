// SPDX-License-Identifier: MIT
//
// Depthwise convolutions on the kernels of dw_window.h. Threads share output rows, or channels
// where rows are few.
#include "cpu_dw_window.h"

#include "dw_window.h"

#define SHARE_CHANNELS 64  // shares begin at multiples of this: a line of the cache
#define FLOAT_ROWS 8
#define FLOAT_BYTES (256 * 1024)  // of input that a float task reads: stays in a second-level cache

typedef struct window_step {
  lm__cpu_step step;
  lm__geometry g;
  const lm__f32_dw_window_uk* f32;  // one of the two
  const lm__q8_dw_window_uk* q8;
  lm__dw_window window;
  size_t element_bytes;
  size_t block_bytes;
  int32_t block_channels;
  lm__cpu_range range;
  uint8_t pad_value;
  bool is_signed;
  bool at_zero;
  int32_t output_zero_point;
  int32_t rows;    // of the output at a time
  int32_t unit;    // of them, that threads share
  int32_t units;   // an image
  int32_t shares;  // of the channels
  int32_t tasks;   // of contiguous units, share by share

  int32_t input_index, output_index;
  int32_t scratch_index;  // 8-bit data
  size_t scratch_stride;
  const uint8_t* input;
  uint8_t* output;
  uint8_t* scratch;
} window_step;

static void window_bind(lm__cpu_step* step, const lm__cpu_binding* binding);
static void window_run(lm__cpu_step* step);
static const lm__cpu_step_kind kWindow = {window_bind, window_run};

static lm_status pack_f32(window_step* s, const lm__product_desc* d, lm_error* err) {
  const lm__f32_dw_uk packing = lm__f32_dw_window_packing(s->f32);
  const int32_t taps = s->g.filter_h * s->g.filter_w;
  size_t bytes;
  if (!lm__f32_dw_packed_bytes(&packing, taps, s->g.out_c, &s->block_bytes, &bytes)) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: node %d", d->node->index);
  }
  LM_CPU_TRY(lm__cpu_step_pack(&s->step, bytes, err));
  lm__f32_dw_pack(&packing, taps, s->g.out_c, d->filter->data,
                  d->bias != NULL ? d->bias->data : NULL, s->step.packed);
  return LM_OK;
}

static lm_status pack_q8(window_step* s, const lm__q8_weights* weights, lm_error* err) {
  size_t bytes;
  if (!lm__q8_dw_window_packed_bytes(s->q8, s->g.out_c, weights, &s->block_bytes, &bytes)) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: node %d", s->step.node_index);
  }
  LM_CPU_TRY(lm__cpu_step_pack(&s->step, bytes, err));
  lm__q8_dw_window_pack(s->q8, s->g.out_c, weights, s->step.packed);
  s->is_signed = weights->input_signed;
  s->pad_value = (uint8_t)weights->input_zero_point;
  s->output_zero_point = weights->output_zero_point;
  s->at_zero = lm__q8_dw_at_zero(weights);
  return LM_OK;
}

static void choose_tasks(window_step* s, int32_t threads) {
  const lm__geometry* g = &s->g;
  s->rows = s->window.rows_out;
  if (s->f32 != NULL) {
    const int64_t row_bytes = (int64_t)g->in_w * g->in_c * (int64_t)s->element_bytes;
    const int64_t fit = (FLOAT_BYTES / row_bytes - g->filter_h) / g->stride_h + 1;
    s->rows = fit < 2 ? 2 : fit > FLOAT_ROWS ? FLOAT_ROWS : (int32_t)fit;
  }
  s->unit = lm__cpu_dw_window_unit(&s->step, threads);
  s->units = (g->out_h + s->unit - 1) / s->unit;
  const int32_t most = (g->out_c + SHARE_CHANNELS - 1) / SHARE_CHANNELS;
  s->shares = lm__cpu_is_even((int64_t)s->units * g->batches, threads) ? 1 : threads * 2;
  if (s->shares > most) s->shares = most;
  // Rows that two tasks read are read twice, so that tasks are few.
  const int64_t total = (int64_t)s->units * g->batches * s->shares;
  int64_t each = total * s->unit / threads / FLOAT_ROWS;
  each = each < 1 ? 1 : each > 4 ? 4 : each;
  s->tasks = (int32_t)(total < each * threads ? total : each * threads);
}

lm_status lm__cpu_dw_window_compile(const lm__cpu_build* build, const lm__product_desc* d,
                                    lm__cpu_step** out_step, lm_error* err) {
  *out_step = NULL;
  const lm__geometry* g = &d->geometry;
  const uint32_t isa = build->delegate->isa;
  const bool is_float = d->input->type == LM_FLOAT32;
  if (g->dilation_h != 1 || g->dilation_w != 1 || g->in_c != g->out_c) return LM_OK;
  const lm__f32_dw_window_uk* f32 = NULL;
  const lm__q8_dw_window_uk* q8 = NULL;
  lm__q8_weights weights = {0};
  if (is_float) {
    f32 = lm__f32_dw_window_select(isa, build->exact, g->filter_h, g->filter_w, g->stride_h,
                                   g->stride_w);
  } else {
    q8 = lm__q8_dw_window_select(isa, g->filter_h, g->filter_w, g->stride_h, g->stride_w);
    weights = lm__cpu_q8_weights_of(d);
    if (q8 != NULL && !lm__q8_dw_window_fits(q8, g->out_c, &weights)) q8 = NULL;
  }
  if (f32 == NULL && q8 == NULL) return LM_OK;

  LM_CPU_TRY(lm__cpu_step_create(build, d->node, &kWindow, sizeof(window_step),
                                 is_float ? f32->name : q8->name, out_step, err));
  window_step* s = (window_step*)*out_step;
  s->g = *g;
  s->f32 = f32;
  s->q8 = q8;
  s->window = is_float ? f32->window : q8->window;
  s->block_channels = is_float ? f32->nr : LM_DW_WINDOW_GROUP;
  s->element_bytes = is_float ? sizeof(float) : 1;
  s->range = d->range;
  s->input_index = lm__cpu_index(build->graph, d->input);
  s->output_index = lm__cpu_index(build->graph, d->output);
  choose_tasks(s, build->delegate->threads);
  if (is_float) return pack_f32(s, d, err);
  LM_CPU_TRY(pack_q8(s, &weights, err));
  return lm__cpu_part_scratch_request(build, d->node, LM_DW_WINDOW_SCRATCH, &s->scratch_stride,
                                      &s->scratch_index, err);
}

static void window_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  window_step* s = (window_step*)step;
  s->input = binding->graph->tensors[s->input_index].data;
  s->output = binding->graph->tensors[s->output_index].data;
  if (s->q8 != NULL) s->scratch = binding->buffers[s->scratch_index];
}

// `rows` output rows, channels [first, first + count); `in` and `out` are at the first channel.
static void run_rows(const window_step* s, const void* const* in, uint8_t* out, int32_t rows,
                     int32_t first, int32_t count, uint8_t* scratch) {
  const lm__geometry* g = &s->g;
  const uint8_t* packed =
      (const uint8_t*)s->step.packed + (size_t)(first / s->block_channels) * s->block_bytes;
  if (s->f32 != NULL) {
    const lm__f32_dw_window_args args = {
        .channels = count,
        .rows = rows,
        .columns = g->out_w,
        .in_columns = g->in_w,
        .pad = g->pad_w,
        .in = in,
        .in_stride = (size_t)g->in_c,
        .out_row_stride = (size_t)g->out_w * (size_t)g->out_c,
        .out = (float*)(void*)out,
        .packed = (const float*)(const void*)packed,
        .min = s->range.min,
        .max = s->range.max,
    };
    s->f32->run(&args);
    return;
  }
  const lm__q8_dw_window_args args = {
      .channels = count,
      .rows = rows,
      .columns = g->out_w,
      .in_columns = g->in_w,
      .pad = g->pad_w,
      .in = in,
      .in_stride = (size_t)g->in_c,
      .out_row_stride = (size_t)g->out_w * (size_t)g->out_c,
      .out = out,
      .packed = packed,
      .block_bytes = s->block_bytes,
      .pad_value = s->pad_value,
      .is_signed = s->is_signed,
      .at_zero = s->at_zero,
      .zero_point = s->output_zero_point,
      .min = s->range.qmin,
      .max = s->range.qmax,
      .scratch = scratch,
  };
  s->q8->run(&args);
}

// Output rows [y, y + rows) of an image, channels of a share.
static void run_block(const window_step* s, int32_t thread, int32_t image, int32_t y, int32_t rows,
                      int32_t share) {
  const lm__geometry* g = &s->g;
  const int32_t lines = (g->out_c + SHARE_CHANNELS - 1) / SHARE_CHANNELS;
  const int32_t first = (int32_t)((int64_t)lines * share / s->shares) * SHARE_CHANNELS;
  const int32_t last = (int32_t)((int64_t)lines * (share + 1) / s->shares) * SHARE_CHANNELS;
  const int32_t seen = (rows - 1) * g->stride_h + g->filter_h;
  const int32_t rows_in = s->f32 == NULL ? s->window.rows_in : seen;
  const void* in[LM_CPU_DW_WINDOW_MOST_ROWS_IN];
  for (int32_t i = 0; i < rows_in; ++i) {
    const int64_t iy = (int64_t)y * g->stride_h - g->pad_h + i;
    const int64_t at = ((int64_t)image * g->in_h + iy) * g->in_w * g->in_c + first;
    // A kernel may take more rows than these outputs see, for which the pad is nearest.
    const bool is_pad = iy < 0 || iy >= g->in_h || i >= seen;
    in[i] = is_pad ? NULL : s->input + at * (int64_t)s->element_bytes;
  }
  const int64_t at = ((int64_t)image * g->out_h + y) * g->out_w * g->out_c + first;
  run_rows(s, in, s->output + at * (int64_t)s->element_bytes, rows, first,
           (last < g->out_c ? last : g->out_c) - first,
           s->f32 == NULL ? s->scratch + (size_t)thread * s->scratch_stride : NULL);
}

static void run_tasks(void* context, int32_t thread, int32_t begin, int32_t end) {
  const window_step* s = context;
  const int64_t total = (int64_t)s->units * s->g.batches * s->shares;
  const int32_t last = (int32_t)(total * end / s->tasks), most = s->rows / s->unit;
  for (int32_t i = (int32_t)(total * begin / s->tasks), n; i < last; i += n) {
    const int32_t unit = i % s->units, image = i / s->units % s->g.batches;
    n = s->units - unit;
    if (n > last - i) n = last - i;
    if (n > most) n = most;
    const int32_t y = unit * s->unit, left = s->g.out_h - y;
    run_block(s, thread, image, y, n * s->unit < left ? n * s->unit : left,
              i / s->units / s->g.batches);
  }
}

static void window_run(lm__cpu_step* step) {
  window_step* s = (window_step*)step;
  lm__thread_pool_run(step->delegate->pool, s->tasks, run_tasks, s);
}

// ---- in a strip

const lm__geometry* lm__cpu_dw_window_geometry(const lm__cpu_step* step) {
  return step->kind == &kWindow ? &((const window_step*)step)->g : NULL;
}

int32_t lm__cpu_dw_window_most_rows(const lm__cpu_step* step) {
  const window_step* s = (const window_step*)step;
  return s->q8 != NULL ? s->window.rows_out : FLOAT_ROWS;
}

int32_t lm__cpu_dw_window_unit(const lm__cpu_step* step, int32_t threads) {
  const window_step* s = (const window_step*)step;
  const int32_t rows = s->f32 != NULL ? 1 : s->window.rows_out;
  const int64_t units = (int64_t)(s->g.out_h + rows - 1) / rows * s->g.batches;
  return lm__cpu_is_even(units, threads) ? rows : 1;
}

void lm__cpu_dw_window_rows(const lm__cpu_step* step, int32_t thread, const void* const* in,
                            int32_t rows, void* out) {
  const window_step* s = (const window_step*)step;
  run_rows(s, in, out, rows, 0, s->g.out_c,
           s->f32 == NULL ? s->scratch + (size_t)thread * s->scratch_stride : NULL);
}
