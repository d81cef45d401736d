// SPDX-License-Identifier: MIT
#include "cpu_product.h"

#include <string.h>

// Weights that a thread sweeps over the rows at a time: half of a second-level cache of 1 MiB.
#define GROUP_BYTES ((size_t)512 << 10)
// Tiles of contiguous rows that a kernel is given at a time.
#define TILES_A_CALL 16

// How the window's elements reach a kernel, as runs of contiguous input.
typedef enum runs_kind {
  RUNS_DENSE,  // one run a row, rows follow each other in memory
  RUNS_ROWS,   // one run a kernel row
  RUNS_TAPS,   // one run a kernel element
} runs_kind;

typedef struct product_step {
  lm__cpu_step step;
  lm__geometry g;
  const lm__f32_gemm_uk* f32;  // one of the two
  const lm__q8_gemm_uk* q8;
  int32_t mr, nr;
  size_t element_bytes;
  runs_kind kind;
  int32_t taps, depth;  // as packed
  bool gathers;         // windows across the left or right edge are copied, not split into taps
  uint8_t pad_value;
  lm__cpu_range range;
  int32_t output_zero_point;
  bool output_signed;
  uint8_t flip;
  int32_t row_factor;  // minus the weights' zero point; 0: no row terms
  lm__q8_requant requant;
  double* factors;  // in the packed block; NULL: multipliers rescale

  int64_t rows;  // M
  int32_t row_tiles;
  int32_t panels;        // of NR columns
  int32_t group_panels;  // swept at a time
  size_t panel_bytes;
  bool split_panels;  // threads share the columns, else the rows

  int32_t input_index, output_index;
  int32_t scratch_index;
  size_t scratch_stride, gather_offset, row_terms_offset;
  const uint8_t* input;
  const uint8_t* pad;
  uint8_t* output;
  uint8_t* scratch;
} product_step;

lm_status lm__cpu_conv_geometry(const lm_tensor* input, const lm_tensor* output,
                                const lm_conv_options* options, int32_t filter_h, int32_t filter_w,
                                lm__geometry* out_geometry, lm_error* err) {
  const int32_t* in = input->shape.dims;
  const int32_t* out = output->shape.dims;
  lm_window h, w;
  LM_CPU_TRY(lm_window_make(options->padding, in[1], filter_h, options->stride_h,
                            options->dilation_h, &h, err));
  LM_CPU_TRY(lm_window_make(options->padding, in[2], filter_w, options->stride_w,
                            options->dilation_w, &w, err));
  *out_geometry = (lm__geometry){
      .batches = in[0],
      .in_h = in[1],
      .in_w = in[2],
      .in_c = in[3],
      .out_h = out[1],
      .out_w = out[2],
      .out_c = out[3],
      .filter_h = filter_h,
      .filter_w = filter_w,
      .stride_h = options->stride_h,
      .stride_w = options->stride_w,
      .dilation_h = options->dilation_h,
      .dilation_w = options->dilation_w,
      .pad_h = h.padding,
      .pad_w = w.padding,
  };
  return LM_OK;
}

bool lm__cpu_weights_supported(const lm_graph* graph, const lm_node* node, const char** out_why) {
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* filter = lm_graph_input(graph, node, 1);
  const lm_tensor* bias = lm_graph_input(graph, node, 2);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  LM_CPU_REQUIRE(lm__cpu_is_constant(filter), "weights are not constant");
  LM_CPU_REQUIRE(bias == NULL || lm__cpu_is_constant(bias), "bias is not constant");
  LM_CPU_REQUIRE(!lm__cpu_is_constant(input), "input is constant");
  LM_CPU_REQUIRE(input->type != LM_FLOAT32 || filter->type == LM_FLOAT32,
                 "dynamic-range weights run on the reference kernel");
  LM_CPU_REQUIRE(
      lm__cpu_is_plain(input) && output->type == input->type && filter->type == input->type,
      "types are not float32, int8 or uint8 throughout");
  LM_CPU_REQUIRE(!filter->def->is_sparse && filter->def->block_size == 0,
                 "weights are sparse or quantized by blocks");
  if (input->type != LM_FLOAT32) {
    LM_CPU_REQUIRE(lm__cpu_is_plain(output) && filter->quantization.count >= 1,
                   "quantization is not per tensor");
    LM_CPU_REQUIRE(bias == NULL || bias->type == LM_INT32, "bias is not int32");
  }
  return true;
}

// ---- compile

// Chooses how windows are read; `kr` bytes are multiplied at a time.
static void choose_runs(product_step* p, int32_t kr) {
  const lm__geometry* g = &p->g;
  const bool unit_window = g->filter_h == 1 && g->filter_w == 1 && g->pad_h == 0 && g->pad_w == 0;
  if (unit_window && g->stride_h == 1 && g->stride_w == 1) {
    p->kind = RUNS_DENSE;
    p->taps = 1;
    p->depth = g->in_c;
  } else if (g->dilation_w == 1) {
    p->kind = RUNS_ROWS;
    p->taps = g->filter_h;
    p->depth = g->filter_w * g->in_c;
    // Where channels fill whole steps, a kernel row is packed like its elements one by one.
    p->gathers = g->in_c % kr != 0;
  } else {
    p->kind = RUNS_TAPS;
    p->taps = g->filter_h * g->filter_w;
    p->depth = g->in_c;
  }
}

static void choose_split(product_step* p, int32_t threads) {
  p->row_tiles = (int32_t)((p->rows + p->mr - 1) / p->mr);
  p->panels = (p->g.out_c + p->nr - 1) / p->nr;
  p->group_panels = (int32_t)(GROUP_BYTES / p->panel_bytes);
  if (p->group_panels < 1) p->group_panels = 1;
  if (p->group_panels > p->panels) p->group_panels = p->panels;
  // The larger share of a thread decides; with equal shares, splitting the columns lets each weight
  // be read by one core only, splitting the rows each activation.
  const int64_t by_rows = (int64_t)((p->row_tiles + threads - 1) / threads) * p->panels;
  const int64_t by_panels = (int64_t)((p->panels + threads - 1) / threads) * p->row_tiles;
  p->split_panels = by_panels < by_rows || (by_panels == by_rows && p->rows <= 64);
}

static size_t align_up(size_t bytes) {
  return (bytes + LM_ALIGNMENT - 1) / LM_ALIGNMENT * LM_ALIGNMENT;
}

// Pointer table | gathered runs | row terms.
static lm_status request_scratch(const lm__cpu_build* build, const lm_node* node, product_step* p,
                                 lm_error* err) {
  const size_t mr = (size_t)p->mr;
  const size_t table_taps = (size_t)p->g.filter_h * (size_t)p->g.filter_w;
  p->gather_offset = align_up(table_taps * mr * sizeof(void*));
  const size_t run_bytes = align_up((size_t)p->depth * p->element_bytes);
  const size_t gathered = p->gathers ? mr * (size_t)p->taps * run_bytes + LM_TAIL_BYTES : 0;
  p->row_terms_offset = align_up(p->gather_offset + gathered);
  return lm__cpu_scratch_request(build, node,
                                 p->row_terms_offset + TILES_A_CALL * mr * sizeof(int32_t),
                                 &p->scratch_stride, &p->scratch_index, err);
}

static lm_status pack_f32(product_step* p, const lm__product_desc* d, const lm__gemm_shape* shape,
                          lm_error* err) {
  size_t bytes;
  if (!lm__f32_gemm_packed_bytes(p->f32, shape, &p->panel_bytes, &bytes)) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: node %d: weights", d->node->index);
  }
  LM_CPU_TRY(lm__cpu_step_pack(&p->step, bytes, err));
  lm__f32_gemm_pack(p->f32, shape, d->filter->data, d->bias != NULL ? d->bias->data : NULL,
                    p->step.packed);
  return LM_OK;
}

static lm_status pack_q8(product_step* p, const lm__product_desc* d, const lm__gemm_shape* shape,
                         lm_error* err) {
  const bool input_signed = d->input->type == LM_INT8;
  p->output_zero_point = d->output->quantization.zero_points[0];
  p->output_signed = d->output->type == LM_INT8;
  const lm__q8_weights weights = {
      .data = d->filter->data,
      .is_signed = d->filter->type == LM_INT8,
      .zero_point = d->filter->quantization.zero_points[0],
      .bias = d->bias != NULL ? d->bias->data : NULL,
      .input_signed = input_signed,
      .input_zero_point = d->input->quantization.zero_points[0],
      .multipliers = d->multipliers,
      .factors = d->factors,
      .output_signed = p->output_signed,
      .output_zero_point = p->output_zero_point,
      .output_min = p->range.qmin,
  };
  size_t bytes;
  if (!lm__q8_gemm_packed_bytes(p->q8, shape, &p->panel_bytes, &bytes)) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: node %d: weights", d->node->index);
  }
  const size_t factors_bytes = d->factors != NULL ? (size_t)shape->columns * sizeof(double) : 0;
  LM_CPU_TRY(lm__cpu_step_pack(&p->step, align_up(bytes) + factors_bytes, err));
  p->requant = lm__q8_gemm_pack(p->q8, shape, &weights, p->step.packed);
  if (d->factors != NULL) {
    p->factors = (double*)(void*)((uint8_t*)p->step.packed + align_up(bytes));
    memcpy(p->factors, d->factors, factors_bytes);
  }
  p->flip = input_signed == p->q8->is_signed ? 0 : 0x80;
  p->row_factor = (weights.is_signed ? 0 : 128) - weights.zero_point;
  p->pad_value = (uint8_t)weights.input_zero_point;
  return LM_OK;
}

static void product_bind(lm__cpu_step* step, const lm__cpu_binding* binding);
static void product_run(lm__cpu_step* step);
static const lm__cpu_step_kind kProduct = {product_bind, product_run};

lm_status lm__cpu_product_compile(const lm__cpu_build* build, const lm__product_desc* d,
                                  lm__cpu_step** out_step, lm_error* err) {
  const lm__geometry* g = &d->geometry;
  const int64_t rows = (int64_t)g->batches * g->out_h * g->out_w;
  const bool is_float = d->input->type == LM_FLOAT32;
  const uint32_t isa = build->delegate->isa;
  const lm__f32_gemm_uk* f32 =
      is_float ? lm__f32_gemm_select(isa, build->exact, rows, g->out_c) : NULL;
  const lm__q8_gemm_uk* q8 = is_float ? NULL : lm__q8_gemm_select(isa, rows, g->out_c);
  LM_CPU_TRY(lm__cpu_step_create(build, d->node, &kProduct, sizeof(product_step),
                                 is_float ? f32->name : q8->name, out_step, err));
  product_step* p = (product_step*)*out_step;
  p->g = *g;
  p->f32 = f32;
  p->q8 = q8;
  p->mr = is_float ? f32->mr : q8->mr;
  p->nr = is_float ? f32->nr : q8->nr;
  p->element_bytes = is_float ? sizeof(float) : 1;
  p->range = d->range;
  p->rows = rows;
  p->input_index = lm__cpu_index(build->graph, d->input);
  p->output_index = lm__cpu_index(build->graph, d->output);
  choose_runs(p, is_float ? 1 : q8->kr);

  const lm__gemm_shape shape = {g->out_c, p->taps, p->depth, d->column_stride, d->k_stride};
  LM_CPU_TRY(is_float ? pack_f32(p, d, &shape, err) : pack_q8(p, d, &shape, err));
  choose_split(p, build->delegate->threads);
  if (p->kind != RUNS_DENSE) {
    const size_t pad_bytes = (size_t)p->depth * p->element_bytes;
    LM_CPU_TRY(lm__cpu_pad_request(build, p->pad_value, pad_bytes, err));
  }
  return request_scratch(build, d->node, p, err);
}

static void product_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  product_step* p = (product_step*)step;
  p->input = binding->graph->tensors[p->input_index].data;
  p->output = binding->graph->tensors[p->output_index].data;
  p->pad = lm__cpu_pad(binding, p->pad_value);
  p->scratch = binding->buffers[p->scratch_index];
}

// ---- run

// The rows of one tile, as a kernel takes them.
typedef struct tile {
  int64_t first;
  int32_t rows;
  int32_t taps, depth;
  const void** table;    // [taps][mr]
  const uint8_t* dense;  // not NULL: contiguous rows, in place of the table
} tile;

typedef struct position {
  int32_t batch, y, x;  // of the output
} position;

static position position_of(const lm__geometry* g, int64_t row) {
  const int64_t image_row = row / g->out_w;
  return (position){(int32_t)(image_row / g->out_h), (int32_t)(image_row % g->out_h),
                    (int32_t)(row - image_row * g->out_w)};
}

static void advance(const lm__geometry* g, position* at) {
  if (++at->x < g->out_w) return;
  at->x = 0;
  if (++at->y < g->out_h) return;
  at->y = 0;
  ++at->batch;
}

static bool crosses_edge(const lm__geometry* g, int32_t x) {
  const int64_t left = (int64_t)x * g->stride_w - g->pad_w;
  return left < 0 || left + g->filter_w > g->in_w;
}

static const uint8_t* input_at(const product_step* p, int32_t batch, int64_t y, int64_t x) {
  const lm__geometry* g = &p->g;
  const int64_t pixel = ((int64_t)batch * g->in_h + y) * g->in_w + x;
  return p->input + pixel * g->in_c * (int64_t)p->element_bytes;
}

// Copies a kernel row that leaves the image sideways.
static void gather_run(const product_step* p, int32_t batch, int64_t y, int64_t left, uint8_t* to) {
  const lm__geometry* g = &p->g;
  const size_t bytes = (size_t)g->in_c * p->element_bytes;
  for (int32_t kx = 0; kx < g->filter_w; ++kx, to += bytes) {
    const int64_t x = left + kx;
    if (x < 0 || x >= g->in_w) {
      memset(to, p->pad_value, bytes);
    } else {
      memcpy(to, input_at(p, batch, y, x), bytes);
    }
  }
}

// One run a kernel row; a row that leaves the image sideways comes from `gathered`. Small inputs
// and few channels make this as hot as the products: addresses are stepped, not computed.
static void fill_rows(const product_step* p, tile* t, uint8_t* gathered) {
  const lm__geometry* g = &p->g;
  const size_t run_bytes = align_up((size_t)p->depth * p->element_bytes);
  const int64_t pixel_bytes = (int64_t)g->in_c * (int64_t)p->element_bytes;
  const int64_t step_bytes = pixel_bytes * g->in_w * g->dilation_h;
  position at = position_of(g, t->first);
  for (int32_t r = 0; r < t->rows; ++r, advance(g, &at)) {
    const int64_t left = (int64_t)at.x * g->stride_w - g->pad_w;
    const int64_t top = (int64_t)at.y * g->stride_h - g->pad_h;
    const bool gather = p->gathers && crosses_edge(g, at.x);
    const void** entry = &t->table[r];
    int64_t y = top;
    int64_t offset = (((int64_t)at.batch * g->in_h + top) * g->in_w + left) * pixel_bytes;
    for (int32_t ky = 0; ky < g->filter_h; ++ky, entry += p->mr) {
      if (y < 0 || y >= g->in_h) {
        *entry = p->pad;
      } else if (gather) {
        uint8_t* to = gathered + (size_t)(r * p->taps + ky) * run_bytes;
        gather_run(p, at.batch, y, left, to);
        *entry = to;
      } else {
        *entry = p->input + offset;
      }
      y += g->dilation_h;
      offset += step_bytes;
    }
  }
}

// One run a kernel element.
static void fill_taps(const product_step* p, tile* t) {
  const lm__geometry* g = &p->g;
  position at = position_of(g, t->first);
  for (int32_t r = 0; r < t->rows; ++r, advance(g, &at)) {
    const void** entry = t->table + r;
    for (int32_t ky = 0; ky < g->filter_h; ++ky) {
      const int64_t y = (int64_t)at.y * g->stride_h - g->pad_h + (int64_t)ky * g->dilation_h;
      for (int32_t kx = 0; kx < g->filter_w; ++kx, entry += p->mr) {
        const int64_t x = (int64_t)at.x * g->stride_w - g->pad_w + (int64_t)kx * g->dilation_w;
        const bool inside = y >= 0 && y < g->in_h && x >= 0 && x < g->in_w;
        *entry = inside ? input_at(p, at.batch, y, x) : p->pad;
      }
    }
  }
}

static bool tile_crosses_edge(const product_step* p, const tile* t) {
  if (p->g.pad_w == 0 && !crosses_edge(&p->g, p->g.out_w - 1)) return false;
  position at = position_of(&p->g, t->first);
  for (int32_t r = 0; r < t->rows; ++r, advance(&p->g, &at)) {
    if (crosses_edge(&p->g, at.x)) return true;
  }
  return false;
}

// Tiles [begin, end); more than one for 8-bit data of contiguous rows only.
static void fill_tile(const product_step* p, int32_t begin, int32_t end, uint8_t* scratch,
                      tile* t) {
  // Rows are dealt out evenly, so that no tile is left with a single one.
  t->first = p->rows * begin / p->row_tiles;
  t->rows = (int32_t)(p->rows * end / p->row_tiles - t->first);
  t->table = (const void**)(void*)scratch;
  t->dense = NULL;
  t->taps = p->taps;
  t->depth = p->depth;
  if (p->kind == RUNS_DENSE && p->q8 != NULL) {
    t->dense = p->input + (size_t)t->first * (size_t)p->depth;
  } else if (p->kind == RUNS_DENSE) {
    const size_t bytes = (size_t)p->depth * p->element_bytes;
    for (int32_t r = 0; r < t->rows; ++r) t->table[r] = p->input + (size_t)(t->first + r) * bytes;
  } else if (p->kind == RUNS_ROWS && (p->gathers || !tile_crosses_edge(p, t))) {
    fill_rows(p, t, scratch + p->gather_offset);
  } else {
    t->taps = p->g.filter_h * p->g.filter_w;
    t->depth = p->g.in_c;
    fill_taps(p, t);
  }
}

static void run_f32(const product_step* p, const tile* t, int32_t panel, int32_t columns) {
  const size_t first = (size_t)panel * (size_t)p->nr;
  const lm__f32_gemm_args args = {
      .rows = t->rows,
      .columns = columns,
      .taps = t->taps,
      .depth = t->depth,
      .a = t->table,
      .packed = (const float*)p->step.packed + (size_t)panel * (p->panel_bytes / sizeof(float)),
      .c = (float*)(void*)p->output + (size_t)t->first * (size_t)p->g.out_c + first,
      .c_stride = (size_t)p->g.out_c,
      .min = p->range.min,
      .max = p->range.max,
  };
  p->f32->run(&args);
}

// The kernel's domain is u8 or s8; the sums are taken over u8.
static void fill_row_terms(const product_step* p, const tile* t, int32_t* terms) {
  const uint8_t flip = p->q8->is_signed ? p->flip ^ 0x80 : p->flip;
  const int32_t offset = p->q8->is_signed ? 128 * t->taps * t->depth : 0;
  for (int32_t r = 0; r < t->rows; ++r) {
    int32_t sum = -offset;
    for (int32_t k = 0; k < t->taps; ++k) {
      const uint8_t* run = t->dense != NULL ? t->dense + (size_t)r * (size_t)t->depth
                                            : t->table[k * p->mr + r];
      sum += p->step.delegate->vector->u8_sum((size_t)t->depth, run, flip);
    }
    terms[r] = p->row_factor * sum;
  }
}

static void run_q8(const product_step* p, const tile* t, int32_t panel, int32_t columns,
                   const int32_t* row_terms) {
  const int32_t first = panel * p->nr;
  const lm__q8_gemm_args args = {
      .rows = t->rows,
      .columns = columns,
      .taps = t->taps,
      .depth = t->depth,
      .a = t->table,
      .dense = t->dense,
      .dense_stride = (size_t)t->depth,
      .flip = p->flip,
      .packed = (const uint8_t*)p->step.packed + (size_t)panel * p->panel_bytes,
      .row_terms = row_terms,
      .c = p->output + (size_t)t->first * (size_t)p->g.out_c + first,
      .c_stride = (size_t)p->g.out_c,
      .factors = p->factors != NULL ? p->factors + first : NULL,
      .requant = p->requant,
      .output_signed = p->output_signed,
      .zero_point = p->output_zero_point,
      .min = p->range.qmin,
      .max = p->range.qmax,
  };
  p->q8->run(&args);
}

// Columns that panels [panel, end) hold.
static int32_t columns_of(const product_step* p, int32_t panel, int32_t end) {
  return (end == p->panels ? p->g.out_c : end * p->nr) - panel * p->nr;
}

static void run_tiles(const product_step* p, uint8_t* scratch, int32_t tile_begin,
                      int32_t tile_end, int32_t panel, int32_t columns) {
  const bool is_float = p->f32 != NULL;
  const int32_t step = !is_float && p->kind == RUNS_DENSE ? TILES_A_CALL : 1;
  int32_t* terms = (int32_t*)(void*)(scratch + p->row_terms_offset);
  for (int32_t i = tile_begin; i < tile_end; i += step) {
    tile t;
    const int32_t end = i + step < tile_end ? i + step : tile_end;
    fill_tile(p, i, end, scratch, &t);
    if (is_float) {
      run_f32(p, &t, panel, columns);
      continue;
    }
    if (p->row_factor != 0) fill_row_terms(p, &t, terms);
    run_q8(p, &t, panel, columns, p->row_factor != 0 ? terms : NULL);
  }
}

// Tiles [tile_begin, tile_end) of panels [panel_begin, panel_end): groups of panels outside, so
// that a group's weights stay in the second-level cache while the rows pass by.
static void run_block(const product_step* p, int32_t thread, int32_t tile_begin, int32_t tile_end,
                      int32_t panel_begin, int32_t panel_end) {
  uint8_t* scratch = p->scratch + (size_t)thread * p->scratch_stride;
  for (int32_t panel = panel_begin; panel < panel_end; panel += p->group_panels) {
    const int32_t most = panel + p->group_panels;
    const int32_t end = most < panel_end ? most : panel_end;
    run_tiles(p, scratch, tile_begin, tile_end, panel, columns_of(p, panel, end));
  }
}

static void run_share(void* context, int32_t thread, int32_t begin, int32_t end) {
  const product_step* p = context;
  if (p->split_panels) {
    run_block(p, thread, 0, p->row_tiles, begin, end);
  } else {
    run_block(p, thread, begin, end, 0, p->panels);
  }
}

static void product_run(lm__cpu_step* step) {
  product_step* p = (product_step*)step;
  lm__thread_pool_run(step->delegate->pool, p->split_panels ? p->panels : p->row_tiles, run_share,
                      p);
}
