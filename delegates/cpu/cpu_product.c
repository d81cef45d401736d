// SPDX-License-Identifier: MIT
//
// Rows of a product are dealt out in blocks. A block's rows all lie at the same offsets from its
// base, so that these are computed once, at compile time:
//   dense   rows follow each other in memory (1x1 windows, matrix products)
//   direct  windows that never leave the image are read where they are
//   staged  the part of the image that a block's windows touch is copied, with its padding, into
//           the thread's scratch, where no window leaves it. It stays in the second-level cache.
#include "cpu_product.h"

#include <string.h>

#include "cpu_weights.h"

// Weights that a thread sweeps over the rows at a time: half of a second-level cache of 1 MiB.
#define GROUP_BYTES ((size_t)512 << 10)
// Fetched at a time of what is wanted next; more would fill the queue of misses.
#define NEXT_LINES_MAX 8
// Most that is staged at a time, unless the windows of a single output row need more.
#define STAGE_BYTES ((size_t)256 << 10)
// Layers of fewer products take the reference's very roundings.
#define CHEAP_PRODUCTS 2e6
// Tiles of contiguous rows in a block.
#define DENSE_TILES 16

typedef enum block_kind { BLOCKS_DENSE, BLOCKS_DIRECT, BLOCKS_STAGED } block_kind;

typedef struct product_step {
  lm__cpu_step step;
  lm__geometry g;
  const lm__f32_gemm_uk* f32;  // one of the two
  const lm__q8_gemm_uk* q8;
  int32_t mr, nr;
  size_t element_bytes;
  int32_t taps, depth;  // as packed
  uint8_t pad_value;
  lm__cpu_range range;
  int32_t output_zero_point;
  bool output_signed;
  bool is_signed;      // how the kernel multiplies activations
  uint8_t flip;        // of the input; staging does it where there is one
  int32_t row_factor;  // minus the weights' zero point; 0: no row terms
  lm__q8_requant requant;

  // In the packed memory, behind the panels.
  double* factors;      // NULL: multipliers rescale
  size_t* row_offsets;  // [block_rows * out_w]; NULL when dense
  size_t* tap_offsets;  // [taps]

  block_kind kind;
  int64_t rows;        // M
  int32_t block_rows;  // of the output image; rows of the product when dense
  int32_t blocks;      // of all images
  int32_t image_blocks;
  size_t pitch;     // elements from one input row to the next
  int32_t stage_w;  // staged columns, padding included

  int32_t panels;        // of NR columns
  int32_t group_panels;  // swept at a time
  size_t panel_bytes;
  bool split_panels;  // threads share the columns, else the rows

  int32_t input_index;
  lm__cpu_target target;
  int32_t tail_node;  // -1: none
  const lm__cpu_step* tail;
  int32_t scratch_index;
  size_t scratch_stride, row_terms_offset;
  const uint8_t* input;
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

static bool leaves_image(const lm__geometry* g) {
  const int64_t bottom =
      (int64_t)(g->out_h - 1) * g->stride_h - g->pad_h + (int64_t)(g->filter_h - 1) * g->dilation_h;
  const int64_t right =
      (int64_t)(g->out_w - 1) * g->stride_w - g->pad_w + (int64_t)(g->filter_w - 1) * g->dilation_w;
  return g->pad_h > 0 || g->pad_w > 0 || bottom >= g->in_h || right >= g->in_w;
}

static void choose_kind(product_step* p) {
  const lm__geometry* g = &p->g;
  const bool unit = g->filter_h == 1 && g->filter_w == 1 && g->stride_h == 1 && g->stride_w == 1;
  p->kind = leaves_image(g) ? BLOCKS_STAGED : unit ? BLOCKS_DENSE : BLOCKS_DIRECT;
  p->stage_w = (g->out_w - 1) * g->stride_w + (g->filter_w - 1) * g->dilation_w + 1;
  p->pitch = (size_t)(p->kind == BLOCKS_STAGED ? p->stage_w : g->in_w) * (size_t)g->in_c;
  // The elements of a kernel row follow each other, unless they are apart.
  const bool whole_rows = g->dilation_w == 1;
  p->taps = whole_rows ? g->filter_h : g->filter_h * g->filter_w;
  p->depth = whole_rows ? g->filter_w * g->in_c : g->in_c;
}

// Input rows that `rows` output rows touch.
static int64_t touched_rows(const lm__geometry* g, int64_t rows) {
  return (rows - 1) * g->stride_h + (int64_t)(g->filter_h - 1) * g->dilation_h + 1;
}

static void choose_blocks(product_step* p, int32_t threads) {
  const lm__geometry* g = &p->g;
  const int64_t images = g->batches;
  // Several blocks a thread, so that none waits long for another.
  const int64_t pieces = threads > 1 ? 4 * (int64_t)threads : 1;
  if (p->kind == BLOCKS_DENSE) {
    int64_t tiles = (p->rows + p->mr - 1) / p->mr / pieces;
    tiles = tiles < 1 ? 1 : tiles > DENSE_TILES ? DENSE_TILES : tiles;
    p->block_rows = (int32_t)tiles * p->mr;
    p->image_blocks = (int32_t)((p->rows + p->block_rows - 1) / p->block_rows);
    p->blocks = p->image_blocks;
    return;
  }
  int64_t rows = g->out_h;
  if (p->kind == BLOCKS_STAGED) {
    const size_t row_bytes = p->pitch * p->element_bytes;
    while (rows > 1 && (size_t)touched_rows(g, rows) * row_bytes > STAGE_BYTES)
      rows = (rows + 1) / 2;
  }
  // Rows that two blocks touch are staged twice: no fewer than four rows for balance's sake.
  while (rows > 4 && (g->out_h + rows - 1) / rows * images < pieces) rows = (rows + 1) / 2;
  p->block_rows = (int32_t)rows;
  p->image_blocks = (int32_t)((g->out_h + rows - 1) / rows);
  p->blocks = (int32_t)(p->image_blocks * images);
}

static void choose_split(product_step* p, int32_t threads) {
  p->panels = (p->g.out_c + p->nr - 1) / p->nr;
  p->group_panels = (int32_t)(GROUP_BYTES / p->panel_bytes);
  if (p->group_panels < 1) p->group_panels = 1;
  // A single tile of rows meets each weight once, whatever the order.
  if (p->group_panels > p->panels || p->rows <= p->mr) p->group_panels = p->panels;
  // The larger share of a thread decides; with equal shares, splitting the columns lets each weight
  // be read by one core only, splitting the rows each activation.
  const int64_t by_rows = (int64_t)((p->blocks + threads - 1) / threads) * p->panels;
  const int64_t by_panels = (int64_t)((p->panels + threads - 1) / threads) * p->blocks;
  p->split_panels = by_panels < by_rows || (by_panels == by_rows && p->rows <= 64);
}

static size_t align_up(size_t bytes) {
  return (bytes + LM_ALIGNMENT - 1) / LM_ALIGNMENT * LM_ALIGNMENT;
}

static int64_t rows_a_block(const product_step* p) {
  return p->kind == BLOCKS_DENSE ? p->block_rows : (int64_t)p->block_rows * p->g.out_w;
}

// Staged rows | row terms.
static lm_status request_scratch(const lm__cpu_build* build, const lm_node* node, product_step* p,
                                 lm_error* err) {
  const size_t staged = p->kind == BLOCKS_STAGED ? (size_t)touched_rows(&p->g, p->block_rows) *
                                                       p->pitch * p->element_bytes
                                                 : 0;
  p->row_terms_offset = align_up(staged + LM_TAIL_BYTES);
  const size_t terms = p->row_factor != 0 ? (size_t)rows_a_block(p) * sizeof(int32_t) : 0;
  const size_t bytes = p->row_terms_offset + terms;
  const lm_node* reader = lm__cpu_sole_reader(build, lm_graph_output(build->graph, node, 0));
  const bool feeds_depthwise =
      reader != NULL && reader->def->builtin == LM_BUILTIN_DEPTHWISE_CONV_2D;
  return p->kind == BLOCKS_DENSE || feeds_depthwise
             ? lm__cpu_part_scratch_request(build, node, bytes, &p->scratch_stride,
                                            &p->scratch_index, err)
             : lm__cpu_scratch_request(build, node, bytes, &p->scratch_stride, &p->scratch_index,
                                       err);
}

// Factors | row offsets | tap offsets.
static lm_status allocate_tables(product_step* p, const lm__product_desc* d, lm_error* err) {
  const size_t rows = p->kind == BLOCKS_DENSE ? 0 : (size_t)rows_a_block(p);
  const size_t factors = d->factors != NULL ? (size_t)p->g.out_c : 0;
  const size_t rows_at = align_up(factors * sizeof(double));
  const size_t taps_at = rows_at + align_up(rows * sizeof(size_t));
  LM_CPU_TRY(lm__cpu_step_tables(&p->step, taps_at + (size_t)p->taps * sizeof(size_t), err));
  uint8_t* tables = p->step.tables;
  p->factors = factors > 0 ? (double*)(void*)tables : NULL;
  p->row_offsets = rows > 0 ? (size_t*)(void*)(tables + rows_at) : NULL;
  p->tap_offsets = (size_t*)(void*)(tables + taps_at);
  return LM_OK;
}

static void fill_offsets(product_step* p) {
  const lm__geometry* g = &p->g;
  size_t* to = p->row_offsets;
  for (int32_t y = 0; to != NULL && y < p->block_rows; ++y) {
    for (int32_t x = 0; x < g->out_w; ++x) {
      *to++ = (size_t)y * (size_t)g->stride_h * p->pitch +
              (size_t)x * (size_t)g->stride_w * (size_t)g->in_c;
    }
  }
  const int32_t columns = p->taps / g->filter_h;  // 1, or those of the window
  for (int32_t t = 0; t < p->taps; ++t) {
    p->tap_offsets[t] = (size_t)(t / columns) * (size_t)g->dilation_h * p->pitch +
                        (size_t)(t % columns) * (size_t)g->dilation_w * (size_t)g->in_c;
  }
}

static lm_status pack_f32(product_step* p, const lm__product_desc* d, const lm__gemm_shape* shape,
                          lm_error* err) {
  size_t bytes;
  if (!lm__f32_gemm_packed_bytes(p->f32, shape, &p->panel_bytes, &bytes)) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: node %d: weights", d->node->index);
  }
  const int64_t numbers[] = {p->f32->nr,
                             p->f32->products,
                             shape->columns,
                             shape->taps,
                             shape->depth,
                             (int64_t)shape->column_stride,
                             (int64_t)shape->k_stride};
  lm__pack_source source = {.count = 0};
  lm__pack_source_add(&source, numbers, sizeof numbers);
  lm__pack_source_add_tensor(&source, d->filter);
  lm__pack_source_add_tensor(&source, d->bias);
  bool found;
  LM_CPU_TRY(lm__cpu_step_weights(&p->step, &source, bytes, &found, err));
  if (found) return LM_OK;
  lm__f32_gemm_pack(p->f32, shape, d->filter->data, d->bias != NULL ? d->bias->data : NULL,
                    p->step.packed);
  return LM_OK;
}

// Panels of 8-bit weights, as they were kept or made now.
static lm_status panels_q8(product_step* p, const lm__product_desc* d, const lm__gemm_shape* shape,
                           const lm__q8_weights* w, size_t bytes, lm_error* err) {
  const int64_t numbers[] = {p->q8->nr,
                             p->q8->kr,
                             (int64_t)p->q8->order,
                             shape->columns,
                             shape->taps,
                             shape->depth,
                             (int64_t)shape->column_stride,
                             (int64_t)shape->k_stride,
                             w->is_signed,
                             w->zero_point,
                             w->input_signed,
                             w->input_zero_point,
                             w->output_signed,
                             w->output_zero_point,
                             w->output_min,
                             lm__q8_gemm_is_signed(p->q8, w->input_signed)};
  const size_t columns = (size_t)shape->columns;
  lm__pack_source source = {.count = 0};
  lm__pack_source_add(&source, numbers, sizeof numbers);
  lm__pack_source_add(&source, w->multipliers,
                      w->multipliers != NULL ? columns * sizeof *w->multipliers : 0);
  lm__pack_source_add(&source, w->factors, w->factors != NULL ? columns * sizeof *w->factors : 0);
  lm__pack_source_add_tensor(&source, d->filter);
  lm__pack_source_add_tensor(&source, d->bias);
  bool found;
  LM_CPU_TRY(lm__cpu_step_weights(&p->step, &source, bytes, &found, err));
  if (found) {
    const uint64_t tag = p->step.pack_tag;
    p->requant = tag <= LM_Q8_FIXED_AT_ZERO ? (lm__q8_requant)tag : LM_Q8_INTEGER;
    return LM_OK;
  }
  p->requant = lm__q8_gemm_pack(p->q8, shape, w, p->step.packed);
  p->step.pack_tag = (uint64_t)p->requant;
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
  LM_CPU_TRY(panels_q8(p, d, shape, &weights, bytes, err));
  if (d->factors != NULL) {
    memcpy(p->factors, d->factors, (size_t)shape->columns * sizeof *p->factors);
  }
  p->is_signed = lm__q8_gemm_is_signed(p->q8, input_signed);
  p->flip = input_signed == p->is_signed ? 0 : 0x80;
  p->row_factor = (weights.is_signed ? 0 : 128) - weights.zero_point;
  p->pad_value = (uint8_t)weights.input_zero_point;
  return LM_OK;
}

static void product_bind(lm__cpu_step* step, const lm__cpu_binding* binding);
static void product_run(lm__cpu_step* step);
static const lm__cpu_step_kind kProduct = {product_bind, product_run};

// Bits cannot be those of the reference in bfloat16 parts, so that `exact` overrides them.
static const lm__f32_gemm_uk* select_f32(const lm__cpu_build* build, int64_t rows, int64_t depth,
                                         int32_t columns) {
  const uint32_t isa = build->delegate->isa;
  const lm__f32_gemm_uk* uk = NULL;
  if (!build->exact && build->delegate->products != 0) {
    uk = lm__f32_split_select(isa, build->delegate->products, rows);
  }
  if (uk != NULL) return uk;
  // A single row waits for its weights either way, and a small layer is over in microseconds.
  const bool is_cheap = rows == 1 || (double)rows * columns * (double)depth < CHEAP_PRODUCTS;
  return lm__f32_gemm_select(isa, build->exact || is_cheap, columns);
}

lm_status lm__cpu_product_compile(const lm__cpu_build* build, const lm__product_desc* d,
                                  lm__cpu_step** out_step, lm_error* err) {
  const lm__geometry* g = &d->geometry;
  const int64_t rows = (int64_t)g->batches * g->out_h * g->out_w;
  const int64_t window = (int64_t)g->filter_h * g->filter_w * g->in_c;
  const bool is_float = d->input->type == LM_FLOAT32;
  const uint32_t isa = build->delegate->isa;
  const lm__f32_gemm_uk* f32 =
      is_float ? select_f32(build, rows, (int64_t)g->filter_h * g->filter_w * g->in_c, g->out_c)
               : NULL;
  const lm__q8_gemm_uk* q8 = is_float ? NULL : lm__q8_gemm_select(isa, rows, g->out_c, window);
  LM_CPU_TRY(lm__cpu_step_create(build, d->node, &kProduct, sizeof(product_step),
                                 is_float ? f32->name : q8->name, out_step, err));
  product_step* p = (product_step*)*out_step;
  if (is_float && !f32->exact) p->step.float_tolerance = LM_CPU_FMA_TOLERANCE;
  p->g = *g;
  p->f32 = f32;
  if (is_float && f32->products == 3) p->step.float_tolerance = LM_CPU_SPLIT3_TOLERANCE;
  p->q8 = q8;
  p->mr = is_float ? f32->mr : q8->mr;
  p->nr = is_float ? f32->nr : q8->nr;
  p->element_bytes = is_float ? sizeof(float) : 1;
  p->range = d->range;
  p->rows = rows;
  p->input_index = lm__cpu_index(build->graph, d->input);
  const lm__cpu_target own = {lm__cpu_index(build->graph, d->output), 0, (size_t)g->out_c};
  p->target = d->target.pixel_stride != 0 ? d->target : own;
  p->tail_node = -1;
  if (d->tail != NULL) {
    p->tail_node = d->tail->index;
    lm_compiler_elide(build->compiler, p->target.tensor_index);
    p->target.tensor_index = lm__cpu_index(build->graph, lm_graph_output(build->graph, d->tail, 0));
    lm_compiler_extend(build->compiler, p->target.tensor_index, d->node->index);
  }
  choose_kind(p);
  choose_blocks(p, build->delegate->threads);

  const lm__gemm_shape shape = {g->out_c, p->taps, p->depth, d->column_stride, d->k_stride};
  LM_CPU_TRY(allocate_tables(p, d, err));
  LM_CPU_TRY(is_float ? pack_f32(p, d, &shape, err) : pack_q8(p, d, &shape, err));
  fill_offsets(p);
  choose_split(p, build->delegate->threads);
  return request_scratch(build, d->node, p, err);
}

static void product_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  product_step* p = (product_step*)step;
  p->input = binding->graph->tensors[p->input_index].data;
  p->output = (uint8_t*)binding->graph->tensors[p->target.tensor_index].data +
              p->target.offset * p->element_bytes;
  p->scratch = binding->buffers[p->scratch_index];
  p->tail = p->tail_node < 0 ? NULL : lm__cpu_program_step(binding->program, p->tail_node);
}

// ---- run

// A block, as kernels take it.
typedef struct block {
  int64_t first;  // row of the product; -1 in a strip
  uint8_t* out;
  lm__gemm_input in;
  uint8_t flip;
} block;

// Input rows [top, top + rows) of an image with their padding.
static void stage(const product_step* p, int32_t image, int64_t top, int64_t rows, uint8_t* to) {
  const lm__geometry* g = &p->g;
  const size_t pixel = (size_t)g->in_c * p->element_bytes;
  const size_t row_bytes = (size_t)p->stage_w * pixel;
  const size_t left = (size_t)g->pad_w * pixel;
  size_t middle = (size_t)g->in_w * pixel;
  if (middle > row_bytes - left) middle = row_bytes - left;
  const uint8_t pad = p->pad_value ^ p->flip;
  for (int64_t y = top; y < top + rows; ++y, to += row_bytes) {
    if (y < 0 || y >= g->in_h) {
      memset(to, pad, row_bytes);
      continue;
    }
    const uint8_t* from =
        p->input + (size_t)((int64_t)image * g->in_h + y) * (size_t)g->in_w * pixel;
    memset(to, pad, left);
    if (p->flip != 0) {
      p->step.delegate->vector->u8_xor(middle, from, p->flip, to + left);
    } else {
      memcpy(to + left, from, middle);
    }
    memset(to + left + middle, pad, row_bytes - left - middle);
  }
}

static uint8_t* output_at(const product_step* p, int64_t row) {
  return p->output + (size_t)row * p->target.pixel_stride * p->element_bytes;
}

// Rows [y, y + rows) of an output image, for products that are not dense.
static block image_block(const product_step* p, int32_t image, int32_t y, int32_t rows,
                         uint8_t* scratch) {
  const lm__geometry* g = &p->g;
  block b = {.first = ((int64_t)image * g->out_h + y) * g->out_w,
             .flip = p->flip,
             .in = {.rows = rows * g->out_w,
                    .taps = p->taps,
                    .depth = p->depth,
                    .row_offsets = p->row_offsets,
                    .tap_offsets = p->tap_offsets}};
  b.out = output_at(p, b.first);
  const int64_t top = (int64_t)y * g->stride_h - g->pad_h;
  if (p->kind == BLOCKS_STAGED) {
    stage(p, image, top, touched_rows(g, rows), scratch);
    b.in.base = scratch;
    b.flip = 0;
  } else {
    b.in.base =
        p->input + ((size_t)image * (size_t)g->in_h + (size_t)top) * p->pitch * p->element_bytes;
  }
  return b;
}

// `rows` rows from `in` to `out`, for dense products.
static block dense_block(const product_step* p, const void* in, int32_t rows, uint8_t* out) {
  return (block){.first = -1,
                 .out = out,
                 .flip = p->flip,
                 .in = {.rows = rows,
                        .taps = p->taps,
                        .depth = p->depth,
                        .base = in,
                        .row_stride = (size_t)p->depth,
                        .tap_offsets = p->tap_offsets}};
}

static block make_block(const product_step* p, int32_t index, uint8_t* scratch) {
  if (p->kind == BLOCKS_DENSE) {
    const int64_t first = (int64_t)index * p->block_rows, left = p->rows - first;
    block b =
        dense_block(p, p->input + (size_t)first * (size_t)p->depth * p->element_bytes,
                    left < p->block_rows ? (int32_t)left : p->block_rows, output_at(p, first));
    b.first = first;
    return b;
  }
  const int32_t y = index % p->image_blocks * p->block_rows, left = p->g.out_h - y;
  return image_block(p, index / p->image_blocks, y, left < p->block_rows ? left : p->block_rows,
                     scratch);
}

// The weights of the next group of panels, and during the last one of the next step, are fetched
// while a group is used: evenly over its tiles of rows.
static lm__gemm_ahead fetch_ahead(const product_step* p, const block* b, int32_t panel,
                                  int32_t columns) {
  lm__gemm_ahead ahead = {NULL, 0};
  const int32_t kr = p->f32 != NULL ? 1 : p->q8->kr;
  const int32_t panels = (columns + p->nr - 1) / p->nr;
  const uint8_t* packed = p->step.packed;
  const uint8_t* next = p->step.next;
  size_t bytes = p->step.next_bytes;
  if (panel + panels < p->panels) {
    next = packed + (size_t)(panel + panels) * p->panel_bytes;
    bytes = (size_t)(p->panels - panel - panels) * p->panel_bytes;
  }
  if (next == NULL || b->first < 0) return ahead;
  if (bytes > GROUP_BYTES) bytes = GROUP_BYTES;
  const size_t tiles = (size_t)((p->rows + p->mr - 1) / p->mr) * (size_t)panels;
  const size_t tile_bytes = lm_uk_ahead_bytes(&b->in, kr, 1);
  const size_t lines = (bytes + tiles * tile_bytes - 1) / (tiles * tile_bytes);
  ahead.lines = (int32_t)(lines < NEXT_LINES_MAX ? lines : NEXT_LINES_MAX);
  const size_t before = (size_t)(b->first / p->mr) * (size_t)panels * tile_bytes;
  if (before * (size_t)ahead.lines >= bytes) return (lm__gemm_ahead){NULL, 0};
  ahead.next = next + before * (size_t)ahead.lines;
  return ahead;
}

static void run_f32(const product_step* p, const block* b, int32_t panel, int32_t columns) {
  const size_t first = (size_t)panel * (size_t)p->nr;
  const lm__f32_gemm_args args = {
      .in = b->in,
      .columns = columns,
      .ahead = fetch_ahead(p, b, panel, columns),
      .packed = (const float*)p->step.packed + (size_t)panel * (p->panel_bytes / sizeof(float)),
      .c = (float*)(void*)b->out + first,
      .c_stride = p->target.pixel_stride,
      .min = p->range.min,
      .max = p->range.max,
  };
  p->f32->run(&args);
}

// The kernel's domain is u8 or s8; the sums are taken over u8.
static void fill_row_terms(const product_step* p, const block* b, int32_t* terms) {
  const uint8_t flip = p->is_signed ? b->flip ^ 0x80 : b->flip;
  const int32_t offset = p->is_signed ? 128 * p->taps * p->depth : 0;
  const lm__gemm_input* in = &b->in;
  for (int32_t r = 0; r < in->rows; ++r) {
    const size_t at = in->row_offsets != NULL ? in->row_offsets[r] : (size_t)r * in->row_stride;
    const uint8_t* row = (const uint8_t*)in->base + at;
    int32_t sum = -offset;
    for (int32_t t = 0; t < in->taps; ++t) {
      sum += p->step.delegate->vector->u8_sum((size_t)in->depth, row + in->tap_offsets[t], flip);
    }
    terms[r] = p->row_factor * sum;
  }
}

static void run_q8(const product_step* p, const block* b, int32_t panel, int32_t columns,
                   const int32_t* row_terms) {
  const int32_t first = panel * p->nr;
  const lm__q8_gemm_args args = {
      .in = b->in,
      .columns = columns,
      .flip = b->flip,
      .is_signed = p->is_signed,
      .packed = (const uint8_t*)p->step.packed + (size_t)panel * p->panel_bytes,
      .ahead = fetch_ahead(p, b, panel, columns),
      .row_terms = row_terms,
      .c = b->out + first,
      .c_stride = p->target.pixel_stride,
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

static void run_panels(const product_step* p, const block* b, uint8_t* scratch, int32_t panel,
                       int32_t end) {
  if (p->f32 != NULL) {
    run_f32(p, b, panel, columns_of(p, panel, end));
    return;
  }
  int32_t* terms = NULL;
  if (p->row_factor != 0) {
    terms = (int32_t*)(void*)(scratch + p->row_terms_offset);
    fill_row_terms(p, b, terms);
  }
  run_q8(p, b, panel, columns_of(p, panel, end), terms);
}

// Groups of panels outside, so that a group's weights stay in the second-level cache while the rows
// pass by; but a block that has been staged meets all of its weights at once.
static void run_share(const product_step* p, int32_t thread, int32_t block_begin, int32_t block_end,
                      int32_t panel_begin, int32_t panel_end) {
  uint8_t* scratch = p->scratch + (size_t)thread * p->scratch_stride;
  const bool staged = p->kind == BLOCKS_STAGED;
  const int32_t step = staged ? panel_end - panel_begin : p->group_panels;
  for (int32_t panel = panel_begin; panel < panel_end; panel += step) {
    const int32_t end = panel + step < panel_end ? panel + step : panel_end;
    for (int32_t i = block_begin; i < block_end; ++i) {
      const block b = make_block(p, i, scratch);
      for (int32_t group = panel; group < end; group += p->group_panels) {
        const int32_t most = group + p->group_panels;
        run_panels(p, &b, scratch, group, most < end ? most : end);
      }
      if (p->tail != NULL && !p->split_panels && end == p->panels) {
        const size_t columns = (size_t)p->g.out_c;
        p->tail->piece(p->tail, (size_t)b.first * columns,
                       ((size_t)b.first + (size_t)b.in.rows) * columns);
      }
    }
  }
}

static void run_task(void* context, int32_t thread, int32_t begin, int32_t end) {
  const product_step* p = context;
  if (p->split_panels) {
    run_share(p, thread, 0, p->blocks, begin, end);
  } else {
    run_share(p, thread, begin, end, 0, p->panels);
  }
}

static void product_run(lm__cpu_step* step) {
  product_step* p = (product_step*)step;
  lm__thread_pool_run(step->delegate->pool, p->split_panels ? p->panels : p->blocks, run_task, p);
  if (p->tail != NULL && p->split_panels) {
    lm__cpu_for(p->tail, (size_t)p->rows * (size_t)p->g.out_c, 8192, p->tail->piece);
  }
}

// ---- in a strip

bool lm__cpu_product_is_plain(const lm__cpu_step* step) {
  const product_step* p = (const product_step*)step;
  return step->kind == &kProduct && p->factors == NULL &&
         p->target.pixel_stride == (size_t)p->g.out_c && p->tail_node < 0;
}

bool lm__cpu_product_is_dense(const lm__cpu_step* step) {
  return lm__cpu_product_is_plain(step) && ((const product_step*)step)->kind == BLOCKS_DENSE;
}

int32_t lm__cpu_product_columns(const lm__cpu_step* step) {
  return ((const product_step*)step)->g.out_c;
}

void lm__cpu_product_rows(const lm__cpu_step* step, int32_t thread, const void* in, int32_t rows,
                          void* out) {
  const product_step* p = (const product_step*)step;
  uint8_t* scratch = p->scratch + (size_t)thread * p->scratch_stride;
  const size_t row_bytes = (size_t)p->depth * p->element_bytes;
  const size_t out_bytes = p->target.pixel_stride * p->element_bytes;
  for (int32_t first = 0; first < rows; first += p->block_rows) {
    const int32_t left = rows - first;
    const block b = dense_block(p, (const uint8_t*)in + (size_t)first * row_bytes,
                                left < p->block_rows ? left : p->block_rows,
                                (uint8_t*)out + (size_t)first * out_bytes);
    run_panels(p, &b, scratch, 0, p->panels);
  }
}

void lm__cpu_product_image_row(const lm__cpu_step* step, int32_t thread, int32_t image, int32_t y,
                               void* out) {
  const product_step* p = (const product_step*)step;
  if (p->kind == BLOCKS_DENSE) {
    const size_t row_bytes = (size_t)p->g.in_w * (size_t)p->depth * p->element_bytes;
    const size_t row = (size_t)image * (size_t)p->g.in_h + (size_t)y;
    lm__cpu_product_rows(step, thread, p->input + row * row_bytes, p->g.in_w, out);
    return;
  }
  uint8_t* scratch = p->scratch + (size_t)thread * p->scratch_stride;
  block b = image_block(p, image, y, 1, scratch);
  b.first = -1;
  b.out = out;
  run_panels(p, &b, scratch, 0, p->panels);
}
