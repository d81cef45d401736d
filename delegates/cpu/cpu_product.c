// SPDX-License-Identifier: MIT
#include "cpu_product.h"

#include <string.h>

#include "cpu_product_pack.h"

// Weights that a thread sweeps over the rows at a time: with as many that are fetched meanwhile,
// and the activations, they stay in a second-level cache of 1 MiB.
#define GROUP_BYTES ((size_t)192 << 10)
// Rows of a thread that keep it busy while weights come in.
#define FEW_ROWS 48
// Fetched at a time of what is wanted next; more would fill the queue of misses.
#define NEXT_LINES_MAX 8

typedef struct product_step {
  lm__cpu_step step;
  lm__cpu_blocks blocks;
  const lm__f32_gemm_uk* f32;  // one of the two
  const lm__q8_gemm_uk* q8;
  int32_t mr, nr;
  lm__cpu_range range;
  int32_t output_zero_point;
  bool output_signed;
  bool is_signed;      // how the kernel multiplies activations
  int32_t row_factor;  // minus the weights' zero point; 0: no row terms
  lm__q8_requant requant;
  int32_t guard;

  double* factors;  // in the tables; NULL: multipliers rescale

  int32_t panels;        // of NR columns
  int32_t group_panels;  // swept at a time
  size_t panel_bytes;
  bool split_panels;  // threads share the columns, else the rows
  int32_t threads;

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

// ---- compile

static void choose_split(product_step* p, int32_t threads) {
  p->panels = (p->blocks.g.out_c + p->nr - 1) / p->nr;
  p->group_panels = (int32_t)(GROUP_BYTES / p->panel_bytes);
  if (p->group_panels < 1) p->group_panels = 1;
  // A single tile of rows meets each weight once, whatever the order.
  if (p->group_panels > p->panels || p->blocks.rows <= p->mr) p->group_panels = p->panels;
  // Rows stay with the thread that made them, so that activations come from its own cache. But
  // where some thread would get so many more of them than another, as it would of a 7x7 image, or
  // where they are so few that weights are what is waited for, each weight is read by one thread
  // only.
  p->threads = threads;
  const int64_t count = p->blocks.count;
  const int64_t by_rows = (count + threads - 1) / threads * p->panels;
  const int64_t by_panels = (p->panels + threads - 1) / threads * count;
  const bool few = p->blocks.rows < FEW_ROWS * (int64_t)threads;
  p->split_panels = lm__cpu_is_even(count, threads) ? few && lm__cpu_is_even(p->panels, threads)
                                                    : by_panels < by_rows;
  p->step.packed_is_split = p->split_panels;
}

static size_t align_up(size_t bytes) {
  return (bytes + LM_ALIGNMENT - 1) / LM_ALIGNMENT * LM_ALIGNMENT;
}

// What the block is read from | row terms.
static lm_status request_scratch(const lm__cpu_build* build, const lm_node* node, product_step* p,
                                 lm_error* err) {
  const size_t rows = (size_t)lm__cpu_blocks_most_rows(&p->blocks);
  p->row_terms_offset = align_up(lm__cpu_blocks_scratch_bytes(&p->blocks));
  const size_t bytes = p->row_terms_offset + (p->row_factor != 0 ? rows * sizeof(int32_t) : 0);
  const lm_node* reader = lm__cpu_sole_reader(build, lm_graph_output(build->graph, node, 0));
  const bool feeds_depthwise =
      reader != NULL && reader->def->builtin == LM_BUILTIN_DEPTHWISE_CONV_2D;
  return p->blocks.kind == LM_CPU_BLOCKS_DENSE || feeds_depthwise
             ? lm__cpu_part_scratch_request(build, node, bytes, &p->scratch_stride,
                                            &p->scratch_index, err)
             : lm__cpu_scratch_request(build, node, bytes, &p->scratch_stride, &p->scratch_index,
                                       err);
}

// Factors | row offsets | tap offsets.
static lm_status make_tables(product_step* p, const lm__product_desc* d, lm_error* err) {
  lm__cpu_blocks* b = &p->blocks;
  const size_t rows = b->kind == LM_CPU_BLOCKS_DENSE ? 0 : (size_t)lm__cpu_blocks_most_rows(b);
  const size_t factors = d->factors != NULL ? (size_t)b->g.out_c : 0;
  const size_t rows_at = align_up(factors * sizeof(double));
  const size_t taps_at = rows_at + align_up(rows * sizeof(size_t));
  LM_CPU_TRY(lm__cpu_step_tables(&p->step, taps_at + (size_t)b->taps * sizeof(size_t), err));
  uint8_t* tables = p->step.tables;
  if (factors > 0) {
    p->factors = (double*)(void*)tables;
    memcpy(p->factors, d->factors, factors * sizeof *p->factors);
  }
  b->row_offsets = rows > 0 ? (size_t*)(void*)(tables + rows_at) : NULL;
  b->tap_offsets = (size_t*)(void*)(tables + taps_at);
  lm__cpu_blocks_fill(b);
  return LM_OK;
}

static lm_status pack_q8(product_step* p, const lm__product_desc* d, const lm__gemm_shape* shape,
                         lm_error* err) {
  const lm__q8_weights weights = lm__cpu_q8_weights_of(d);
  const bool input_signed = weights.input_signed;
  p->output_zero_point = weights.output_zero_point;
  p->output_signed = weights.output_signed;
  p->guard = lm__q8_gemm_guard(shape, &weights);
  LM_CPU_TRY(lm__cpu_product_pack_q8(&p->step, p->q8, d, shape, &weights, &p->panel_bytes,
                                     &p->requant, err));
  p->is_signed = lm__q8_gemm_is_signed(p->q8, input_signed);
  p->blocks.flip = input_signed == p->is_signed ? 0 : 0x80;
  p->row_factor = (weights.is_signed ? 0 : 128) - weights.zero_point;
  p->blocks.pad_value = (uint8_t)weights.input_zero_point;
  return LM_OK;
}

static void product_bind(lm__cpu_step* step, const lm__cpu_binding* binding);
static void product_run(lm__cpu_step* step);
static const lm__cpu_step_kind kProduct = {product_bind, product_run};

lm_status lm__cpu_product_compile(const lm__cpu_build* build, const lm__product_desc* d,
                                  lm__cpu_step** out_step, lm_error* err) {
  const lm__geometry* g = &d->geometry;
  const int64_t rows = (int64_t)g->batches * g->out_h * g->out_w;
  const int64_t depth = (int64_t)g->filter_h * g->filter_w * g->in_c;
  const bool is_float = d->input->type == LM_FLOAT32;
  const lm__f32_gemm_uk* f32 = is_float ? lm__cpu_product_f32(build, d, rows, depth) : NULL;
  const lm__q8_gemm_uk* q8 = is_float ? NULL : lm__cpu_product_q8(build, rows, g->out_c, depth);
  LM_CPU_TRY(lm__cpu_step_create(build, d->node, &kProduct, sizeof(product_step),
                                 is_float ? f32->name : q8->name, out_step, err));
  product_step* p = (product_step*)*out_step;
  if (is_float && !f32->exact) p->step.float_tolerance = LM_CPU_FMA_TOLERANCE;
  p->f32 = f32;
  p->step.float_products = !is_float ? 0 : f32->products == 0 ? 1 : f32->products;
  if (is_float && f32->products == 3) p->step.float_tolerance = LM_CPU_SPLIT3_TOLERANCE;
  p->q8 = q8;
  p->mr = is_float ? f32->mr : q8->mr;
  p->nr = is_float ? f32->nr : q8->nr;
  p->range = d->range;
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
  lm__cpu_blocks_init(&p->blocks, g, is_float ? sizeof(float) : 1, p->mr);
  LM_CPU_TRY(make_tables(p, d, err));
  const lm__gemm_shape shape = {g->out_c, p->blocks.taps, p->blocks.depth, d->column_stride,
                                d->k_stride};
  LM_CPU_TRY(is_float ? lm__cpu_product_pack_f32(&p->step, f32, d, &shape, &p->panel_bytes, err)
                      : pack_q8(p, d, &shape, err));
  choose_split(p, build->delegate->threads);
  return request_scratch(build, d->node, p, err);
}

static void product_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  product_step* p = (product_step*)step;
  p->input = binding->graph->tensors[p->input_index].data;
  p->output = (uint8_t*)binding->graph->tensors[p->target.tensor_index].data +
              p->target.offset * p->blocks.element_bytes;
  p->scratch = binding->buffers[p->scratch_index];
  p->tail = p->tail_node < 0 ? NULL : lm__cpu_program_step(binding->program, p->tail_node);
}

// ---- run

static uint8_t* scratch_of(const product_step* p, int32_t thread) {
  return p->scratch + (size_t)thread * p->scratch_stride;
}

static uint8_t* output_at(const product_step* p, int64_t row) {
  return p->output + (size_t)row * p->target.pixel_stride * p->blocks.element_bytes;
}

// Of `whole`, where the share of `thread` begins.
static size_t share_begin(const product_step* p, size_t whole, int32_t thread) {
  return whole * (size_t)thread / (size_t)p->threads;
}

// What a thread reads first of what the next step has packed.
static const uint8_t* next_weights(const product_step* p, int32_t thread, size_t* out_bytes) {
  const lm__cpu_step* next = p->step.next;
  if (next == NULL) return NULL;
  const size_t begin = next->packed_is_split ? share_begin(p, next->packed_bytes, thread) : 0;
  *out_bytes = next->packed_bytes - begin;
  return (const uint8_t*)next->packed + begin / LM_UK_LINE_BYTES * LM_UK_LINE_BYTES;
}

// `bytes` from `next` on, evenly over the tiles of `rows` rows.
static lm__gemm_ahead spread(const product_step* p, const lm__gemm_input* in, int64_t rows,
                             int32_t columns, const void* next, size_t bytes) {
  const size_t panels = (size_t)((columns + p->nr - 1) / p->nr);
  const size_t tiles = (size_t)((rows + p->mr - 1) / p->mr) * panels;
  const size_t tile_bytes = lm_uk_ahead_bytes(in, p->f32 != NULL ? 1 : p->q8->kr, 1);
  const size_t lines = (bytes + tiles * tile_bytes - 1) / (tiles * tile_bytes);
  return (lm__gemm_ahead){next, (int32_t)(lines < NEXT_LINES_MAX ? lines : NEXT_LINES_MAX)};
}

// The weights of a thread's next group of panels, and during its last one of the next step, are
// fetched while a group is used.
static lm__gemm_ahead fetch_ahead(const product_step* p, int32_t thread, const lm__cpu_block* b,
                                  int32_t panel, int32_t columns) {
  const lm__gemm_ahead none = {p->step.packed, 0};  // kernels add offsets to it
  const lm__cpu_blocks* blocks = &p->blocks;
  if (b->next.bytes > 0) {
    return spread(p, &b->in, b->in.rows, columns, b->next.data, b->next.bytes);
  }
  const int32_t panels = (columns + p->nr - 1) / p->nr;
  int32_t end = p->panels;
  int64_t first = 0, rows = blocks->rows;
  if (p->split_panels) {
    end = (int32_t)share_begin(p, (size_t)p->panels, thread + 1);
  } else {
    first = (int64_t)share_begin(p, (size_t)blocks->count, thread) * blocks->unit_rows;
    rows = (rows + p->threads - 1) / p->threads;
  }
  if (b->first < first) return none;  // in a strip, or of another thread's share
  size_t bytes;
  const uint8_t* next;
  if (panel + panels < end) {
    next = (const uint8_t*)p->step.packed + (size_t)(panel + panels) * p->panel_bytes;
    bytes = (size_t)(end - panel - panels) * p->panel_bytes;
  } else {
    next = next_weights(p, thread, &bytes);
    if (next == NULL) return none;
  }
  if (bytes > GROUP_BYTES) bytes = GROUP_BYTES;
  lm__gemm_ahead ahead = spread(p, &b->in, rows, columns, next, bytes);
  const size_t tiles_before = (size_t)((b->first - first) / p->mr) * (size_t)panels;
  const size_t before =
      tiles_before * lm_uk_ahead_bytes(&b->in, p->f32 != NULL ? 1 : p->q8->kr, ahead.lines);
  if (before >= bytes) return none;
  ahead.next = next + before;
  return ahead;
}

static void run_f32(const product_step* p, int32_t thread, const lm__cpu_block* b, int32_t panel,
                    int32_t columns, uint8_t* out) {
  const size_t first = (size_t)panel * (size_t)p->nr;
  const lm__f32_gemm_args args = {
      .in = b->in,
      .columns = columns,
      .ahead = fetch_ahead(p, thread, b, panel, columns),
      .packed = (const float*)p->step.packed + (size_t)panel * (p->panel_bytes / sizeof(float)),
      .c = (float*)(void*)out + first,
      .c_stride = p->target.pixel_stride,
      .min = p->range.min,
      .max = p->range.max,
  };
  p->f32->run(&args);
}

// The kernel's domain is u8 or s8; the sums are taken over u8. NULL: this product has no terms.
static const int32_t* row_terms_of(const product_step* p, int32_t thread, const lm__cpu_block* b) {
  if (p->row_factor == 0) return NULL;
  const uint8_t flip = p->is_signed ? b->flip ^ 0x80 : b->flip;
  const int32_t offset = p->is_signed ? -128 * p->blocks.taps * p->blocks.depth : 0;
  int32_t* terms = (int32_t*)(void*)(scratch_of(p, thread) + p->row_terms_offset);
  p->step.delegate->vector->u8_row_terms(&b->in, flip, p->row_factor, offset, terms);
  return terms;
}

static void run_q8(const product_step* p, int32_t thread, const lm__cpu_block* b, int32_t panel,
                   int32_t columns, const int32_t* row_terms, uint8_t* out) {
  const int32_t first = panel * p->nr;
  const lm__q8_gemm_args args = {
      .in = b->in,
      .columns = columns,
      .flip = b->flip,
      .is_signed = p->is_signed,
      .packed = (const uint8_t*)p->step.packed + (size_t)panel * p->panel_bytes,
      .ahead = fetch_ahead(p, thread, b, panel, columns),
      .row_terms = row_terms,
      .c = out + first,
      .c_stride = p->target.pixel_stride,
      .factors = p->factors != NULL ? p->factors + first : NULL,
      .requant = p->requant,
      .guard = p->guard,
      .output_signed = p->output_signed,
      .zero_point = p->output_zero_point,
      .min = p->range.qmin,
      .max = p->range.qmax,
  };
  p->q8->run(&args);
}

// Columns that panels [panel, end) hold.
static int32_t columns_of(const product_step* p, int32_t panel, int32_t end) {
  return (end == p->panels ? p->blocks.g.out_c : end * p->nr) - panel * p->nr;
}

// To `out`, where the block's first row goes.
static void run_panels(const product_step* p, int32_t thread, const lm__cpu_block* b,
                       const int32_t* row_terms, int32_t panel, int32_t end, uint8_t* out) {
  if (p->f32 != NULL) {
    run_f32(p, thread, b, panel, columns_of(p, panel, end), out);
    return;
  }
  run_q8(p, thread, b, panel, columns_of(p, panel, end), row_terms, out);
}

// Groups of panels outside, so that a group's weights stay in the second-level cache while the rows
// pass by; but a block that has been staged meets all of its weights at once.
static void run_share(const product_step* p, int32_t thread, int32_t unit_begin, int32_t unit_end,
                      int32_t panel_begin, int32_t panel_end) {
  const bool staged = p->blocks.kind == LM_CPU_BLOCKS_STAGED;
  const int32_t step = staged ? panel_end - panel_begin : p->group_panels;
  for (int32_t panel = panel_begin; panel < panel_end; panel += step) {
    const int32_t end = panel + step < panel_end ? panel + step : panel_end;
    for (int32_t i = unit_begin; i < unit_end;) {
      const lm__cpu_block b = lm__cpu_block_at(&p->blocks, p->step.delegate->vector, p->input, i,
                                               unit_end, scratch_of(p, thread), &i);
      const int32_t* terms = row_terms_of(p, thread, &b);
      for (int32_t group = panel; group < end; group += p->group_panels) {
        const int32_t most = group + p->group_panels;
        run_panels(p, thread, &b, terms, group, most < end ? most : end, output_at(p, b.first));
      }
      if (p->tail != NULL && !p->split_panels && end == p->panels) {
        const size_t columns = (size_t)p->blocks.g.out_c;
        p->tail->piece(p->tail, (size_t)b.first * columns,
                       ((size_t)b.first + (size_t)b.in.rows) * columns);
      }
    }
  }
}

static void run_task(void* context, int32_t thread, int32_t begin, int32_t end) {
  const product_step* p = context;
  if (p->split_panels) {
    run_share(p, thread, 0, p->blocks.count, begin, end);
  } else {
    run_share(p, thread, begin, end, 0, p->panels);
  }
}

static void product_run(lm__cpu_step* step) {
  product_step* p = (product_step*)step;
  lm__thread_pool_run(step->delegate->pool, p->split_panels ? p->panels : p->blocks.count, run_task,
                      p);
  if (p->tail != NULL && p->split_panels) {
    lm__cpu_for(p->tail, (size_t)p->blocks.rows * (size_t)p->blocks.g.out_c, 8192, p->tail->piece);
  }
}

// ---- in a strip

bool lm__cpu_product_is_plain(const lm__cpu_step* step) {
  const product_step* p = (const product_step*)step;
  return step->kind == &kProduct && p->factors == NULL &&
         p->target.pixel_stride == (size_t)p->blocks.g.out_c && p->tail_node < 0;
}

bool lm__cpu_product_is_dense(const lm__cpu_step* step) {
  return lm__cpu_product_is_plain(step) &&
         ((const product_step*)step)->blocks.kind == LM_CPU_BLOCKS_DENSE;
}

int32_t lm__cpu_product_columns(const lm__cpu_step* step) {
  return ((const product_step*)step)->blocks.g.out_c;
}

void lm__cpu_product_rows(const lm__cpu_step* step, int32_t thread, const void* in, int32_t rows,
                          lm__cpu_bytes next, void* out) {
  const product_step* p = (const product_step*)step;
  const lm__cpu_blocks* blocks = &p->blocks;
  const size_t in_bytes = (size_t)blocks->depth * blocks->element_bytes;
  const size_t out_bytes = p->target.pixel_stride * blocks->element_bytes;
  const int32_t most = (int32_t)lm__cpu_blocks_most_rows(blocks);
  for (int32_t first = 0; first < rows; first += most) {
    const int32_t left = rows - first;
    lm__cpu_block b = lm__cpu_block_of_rows(blocks, (const uint8_t*)in + (size_t)first * in_bytes,
                                            left < most ? left : most);
    b.next.bytes = next.bytes / (size_t)rows * (size_t)b.in.rows;
    b.next.data = (const uint8_t*)next.data + next.bytes / (size_t)rows * (size_t)first;
    run_panels(p, thread, &b, row_terms_of(p, thread, &b), 0, p->panels,
               (uint8_t*)out + (size_t)first * out_bytes);
  }
}

void lm__cpu_product_image_row(const lm__cpu_step* step, int32_t thread, int32_t image, int32_t y,
                               void* out) {
  const product_step* p = (const product_step*)step;
  const lm__geometry* g = &p->blocks.g;
  if (p->blocks.kind == LM_CPU_BLOCKS_DENSE) {
    const size_t row_bytes = (size_t)g->in_w * (size_t)g->in_c * p->blocks.element_bytes;
    const size_t row = (size_t)image * (size_t)g->in_h + (size_t)y;
    lm__cpu_product_rows(step, thread, p->input + row * row_bytes, g->in_w,
                         (lm__cpu_bytes){p->input, 0}, out);
    return;
  }
  lm__cpu_block b = lm__cpu_block_of_image(&p->blocks, p->step.delegate->vector, p->input, image, y,
                                           1, scratch_of(p, thread));
  b.first = -1;
  run_panels(p, thread, &b, row_terms_of(p, thread, &b), 0, p->panels, out);
}
