// SPDX-License-Identifier: MIT
//
// The image is cut into tiles of 4x4 outputs. For a block of tiles: windows of 6x6 inputs become 36
// rows of factors each; 36 matrix products, one a row, take them over the channels; the sums become
// outputs. A block's factors stay in the second-level cache while all of the weights pass by.
#include "cpu_winograd.h"

#include <math.h>
#include <string.h>

#include "cpu_weights.h"

#define PRODUCTS 36
#define TILE 4
// Factors of a block, of a second-level cache of 1 MiB.
#define BLOCK_BYTES ((size_t)640 << 10)
#define BLOCK_TILES_MIN 14
#define BLOCK_TILES_MAX 56

#define LM_UKERNEL(symbol) extern const lm__f32_winograd_uk symbol;
#include "ukernels/f32_winograd_list.inc"
#undef LM_UKERNEL
#define LM_UKERNEL(symbol) &symbol,
const lm__f32_winograd_uk* const lm__f32_winograd_uks[] = {
#include "ukernels/f32_winograd_list.inc"
};
#undef LM_UKERNEL
const int32_t lm__f32_winograd_uk_count =
    (int32_t)(sizeof lm__f32_winograd_uks / sizeof lm__f32_winograd_uks[0]);

const lm__f32_winograd_uk* lm__f32_winograd_select(uint32_t isa) {
  int32_t i = 0;
  while (i + 1 < lm__f32_winograd_uk_count && (lm__f32_winograd_uks[i]->isa & ~isa) != 0) ++i;
  return lm__f32_winograd_uks[i];
}

typedef struct winograd_step {
  lm__cpu_step step;
  lm__geometry g;
  const lm__f32_winograd_uk* uk;
  const lm__f32_gemm_uk* gemm;
  lm__cpu_range range;
  int32_t tiles_h, tiles_w;
  int32_t tiles;        // of all images
  int32_t blocks;       // of tiles; 1: threads share the panels instead
  int32_t block_tiles;  // most in a block
  int32_t panels;       // of the kernel's columns
  size_t depth;         // channels, whole vectors
  size_t panel_floats;  // of one product
  const float* bias;    // in the packed block, whole panels

  int32_t input_index;
  lm__cpu_target target;
  int32_t factors_index, scratch_index;
  size_t factors_stride;  // floats from one of the 36 rows to the next
  size_t sums_stride;
  size_t thread_stride;   // bytes of a thread's sums
  size_t factors_thread;  // floats of a thread's factors; 0: all share them
  const float* input;
  const float* pad;
  float* output;
  float* factors;
  uint8_t* scratch;
} winograd_step;

// ---- choice

static int32_t tiles_of(int32_t size) { return (size + TILE - 1) / TILE; }

// Time in units of one multiplication of the product kernels. Weights, four times as many, come
// from the third-level cache or from memory, which costs as much as 10 more tiles would (measured:
// 8x8 images of 448 channels, four tiles, gain too little for 37 MB); transforms cost 190 units for
// each tile and channel.
bool lm__cpu_winograd_pays(const lm__cpu_build* build, const lm__product_desc* d) {
  const lm__geometry* g = &d->geometry;
  if (build->exact || !build->delegate->winograd || d->input->type != LM_FLOAT32) return false;
  if (lm__cpu_takes_three(build, d->node, g)) return false;
  if (g->filter_h != 3 || g->filter_w != 3 || g->stride_h != 1 || g->stride_w != 1 ||
      g->dilation_h != 1 || g->dilation_w != 1 || g->in_c < 16 || g->out_c < 16) {
    return false;
  }
  const double pairs = (double)g->in_c * g->out_c;
  const double pixels = (double)g->batches * g->out_h * g->out_w;
  const double tiles = (double)g->batches * tiles_of(g->out_h) * tiles_of(g->out_w);
  if (tiles > INT32_MAX / 2) return false;
  const double direct = pixels * 9 * pairs;
  const double winograd =
      (tiles + 10) * PRODUCTS * pairs + tiles * 190 * ((double)g->in_c + g->out_c);
  return winograd < 0.85 * direct && winograd * lm__cpu_split6_gain(build, g) < direct;
}

// ---- compile

// G g G^T, see ukernels/f32_winograd_body.inc; each row over the product of its point's distances
// to the others.
static void weights_line(const double w[3], double out[6]) {
  const double a = 2.0 / 3.0, b = 1.5;
  const double da = 2 * a * a * (a * a - b * b), db = 2 * b * b * (b * b - a * a);
  const double even_a = w[0] + a * a * w[2], even_b = w[0] + b * b * w[2];
  out[0] = w[0];  // a * b is 1
  out[1] = (even_a + a * w[1]) / da;
  out[2] = (even_a - a * w[1]) / da;
  out[3] = (even_b + b * w[1]) / db;
  out[4] = (even_b - b * w[1]) / db;
  out[5] = w[2];
}

void lm__winograd_weights(const double weights[9], double out[36]) {
  double rows[3][6];
  for (int y = 0; y < 3; ++y) weights_line(weights + 3 * y, rows[y]);
  for (int j = 0; j < 6; ++j) {
    const double column[3] = {rows[0][j], rows[1][j], rows[2][j]};
    double transformed[6];
    weights_line(column, transformed);
    for (int i = 0; i < 6; ++i) out[6 * i + j] = transformed[i];
  }
}

// [panel][36] blocks as lm__f32_gemm_args has them, the bias of each zero; then the bias.
static void pack(winograd_step* p, const lm__product_desc* d) {
  const int32_t nr = p->gemm->nr, in_c = p->g.in_c;
  const float* filter = d->filter->data;
  float* packed = p->step.packed;
  for (int32_t first = 0; first < p->g.out_c; first += nr) {
    const int32_t columns = p->g.out_c - first < nr ? p->g.out_c - first : nr;
    for (int32_t c = 0; c < in_c; ++c) {
      for (int32_t n = 0; n < columns; ++n) {
        const float* from = filter + (size_t)(first + n) * 9 * (size_t)in_c + c;
        double w[9], u[PRODUCTS];
        for (int k = 0; k < 9; ++k) w[k] = (double)from[(size_t)k * (size_t)in_c];
        lm__winograd_weights(w, u);
        float* to = packed + (size_t)(c + 1) * (size_t)nr + n;
        for (size_t i = 0; i < PRODUCTS; ++i) to[i * p->panel_floats] = (float)u[i];
      }
    }
    packed += PRODUCTS * p->panel_floats;
  }
  if (d->bias != NULL) memcpy(packed, d->bias->data, (size_t)p->g.out_c * sizeof *packed);
}

static lm_status find_or_pack(winograd_step* p, const lm__product_desc* d, size_t bytes,
                              lm_error* err) {
  const int64_t numbers[] = {p->gemm->nr, p->g.in_c, p->g.out_c, (int64_t)p->panel_floats};
  lm__pack_source source = {.count = 0};
  lm__pack_source_add(&source, numbers, sizeof numbers);
  lm__pack_source_add_tensor(&source, d->filter);
  lm__pack_source_add_tensor(&source, d->bias);
  bool found;
  LM_CPU_TRY(lm__cpu_step_weights(&p->step, &source, bytes, &found, err));
  if (!found) pack(p, d);
  p->bias = (const float*)p->step.packed + (size_t)p->panels * PRODUCTS * p->panel_floats;
  return LM_OK;
}

// Blocks of tiles for every thread, or where that leaves too few for a block, panels.
static void choose_blocks(winograd_step* p, int32_t threads) {
  const size_t tile_bytes = PRODUCTS * p->depth * sizeof(float);
  int32_t most = (int32_t)(BLOCK_BYTES / tile_bytes);
  most = most < BLOCK_TILES_MIN ? BLOCK_TILES_MIN : most;
  most = most > BLOCK_TILES_MAX ? BLOCK_TILES_MAX : most;
  p->blocks = (p->tiles + most - 1) / most;
  if (p->blocks > 1) {
    p->blocks = (p->blocks + threads - 1) / threads * threads;
    if (p->blocks > p->tiles) p->blocks = p->tiles;
  }
  p->block_tiles = (p->tiles + p->blocks - 1) / p->blocks;
}

static lm_status request_memory(const lm__cpu_build* build, const lm_node* node, winograd_step* p,
                                lm_error* err) {
  const size_t rows = (size_t)p->block_tiles;
  // Rows that lie powers of two apart would share sets of the first-level cache.
  p->factors_stride = rows * p->depth + 16;
  p->sums_stride = rows * (size_t)p->gemm->nr + 16;
  p->factors_thread = p->blocks > 1 ? PRODUCTS * p->factors_stride : 0;
  const size_t copies = p->blocks > 1 ? (size_t)build->delegate->threads : 1;
  LM_CPU_TRY(lm_compiler_request(build->compiler,
                                 copies * PRODUCTS * p->factors_stride * sizeof(float), node->index,
                                 node->index, &p->factors_index, err));
  return lm__cpu_scratch_request(build, node, PRODUCTS * p->sums_stride * sizeof(float),
                                 &p->thread_stride, &p->scratch_index, err);
}

static void winograd_bind(lm__cpu_step* step, const lm__cpu_binding* binding);
static void winograd_run(lm__cpu_step* step);
static const lm__cpu_step_kind kWinograd = {winograd_bind, winograd_run};

lm_status lm__cpu_winograd_compile(const lm__cpu_build* build, const lm__product_desc* d,
                                   lm__cpu_step** out_step, lm_error* err) {
  const lm__geometry* g = &d->geometry;
  const lm__f32_winograd_uk* uk = lm__f32_winograd_select(build->delegate->isa);
  LM_CPU_TRY(lm__cpu_step_create(build, d->node, &kWinograd, sizeof(winograd_step), uk->name,
                                 out_step, err));
  winograd_step* p = (winograd_step*)*out_step;
  p->step.float_tolerance = LM_CPU_WINOGRAD_TOLERANCE;
  p->step.float_products = 1;
  p->g = *g;
  p->uk = uk;
  p->range = d->range;
  p->tiles_h = tiles_of(g->out_h);
  p->tiles_w = tiles_of(g->out_w);
  p->tiles = g->batches * p->tiles_h * p->tiles_w;
  p->depth = ((size_t)g->in_c + (size_t)uk->lanes - 1) / (size_t)uk->lanes * (size_t)uk->lanes;
  choose_blocks(p, build->delegate->threads);
  p->gemm = lm__f32_gemm_select(build->delegate->isa, false, g->out_c);
  p->panels = (g->out_c + p->gemm->nr - 1) / p->gemm->nr;
  p->panel_floats = ((size_t)g->in_c + 1) * (size_t)p->gemm->nr;
  p->input_index = lm__cpu_index(build->graph, d->input);
  p->target = d->target;

  const uint64_t panel = ((uint64_t)PRODUCTS * p->panel_floats + (uint64_t)p->gemm->nr) * 4;
  if (panel > SIZE_MAX / 2 / (uint64_t)p->panels) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: node %d: weights", d->node->index);
  }
  LM_CPU_TRY(find_or_pack(p, d, (size_t)panel * (size_t)p->panels, err));
  LM_CPU_TRY(lm__cpu_pad_request(build, 0, (size_t)g->in_c * sizeof(float), err));
  return request_memory(build, d->node, p, err);
}

static void winograd_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  winograd_step* p = (winograd_step*)step;
  p->input = binding->graph->tensors[p->input_index].data;
  p->output = (float*)binding->graph->tensors[p->target.tensor_index].data + p->target.offset;
  p->pad = (const float*)(const void*)lm__cpu_pad(binding, 0);
  p->factors = binding->buffers[p->factors_index];
  p->scratch = binding->buffers[p->scratch_index];
}

// ---- run

typedef struct tile_position {
  int32_t batch, y, x;  // of the first output
} tile_position;

static tile_position position_of(const winograd_step* p, int32_t tile) {
  const int32_t row = tile / p->tiles_w;
  return (tile_position){row / p->tiles_h, row % p->tiles_h * TILE, tile % p->tiles_w * TILE};
}

static void fill_pixels(const winograd_step* p, int32_t tile, const void* pixels[PRODUCTS]) {
  const lm__geometry* g = &p->g;
  const tile_position at = position_of(p, tile);
  const size_t pixel = (size_t)g->in_c;
  const void** entry = pixels;
  for (int32_t i = 0; i < 6; ++i) {
    const int32_t y = at.y - g->pad_h + i;
    const bool inside = y >= 0 && y < g->in_h;
    const float* row = p->input + ((size_t)at.batch * g->in_h + (inside ? y : 0)) * g->in_w * pixel;
    for (int32_t j = 0; j < 6; ++j) {
      const int32_t x = at.x - g->pad_w + j;
      *entry++ = inside && x >= 0 && x < g->in_w ? row + (size_t)x * pixel : p->pad;
    }
  }
}

// Tiles [begin, end), of which `first` is row 0 of the factors.
static void make_factors(const winograd_step* p, float* factors, int32_t first, int32_t begin,
                         int32_t end) {
  const void* pixels[PRODUCTS];
  for (int32_t t = begin; t < end; ++t) {
    fill_pixels(p, t, pixels);
    const lm__f32_winograd_input_args args = {
        .channels = p->g.in_c,
        .pixels = pixels,
        .out = factors + (size_t)(t - first) * p->depth,
        .out_stride = p->factors_stride,
    };
    p->uk->input(&args);
  }
}

static void multiply(const winograd_step* p, const float* factors, int32_t tiles, int32_t panel,
                     float* sums) {
  const int32_t nr = p->gemm->nr, left = p->g.out_c - panel * nr;
  static const size_t tap_offset = 0;
  lm__f32_gemm_args args = {
      .in = {.rows = tiles,
             .taps = 1,
             .depth = p->g.in_c,
             .row_stride = p->depth,
             .tap_offsets = &tap_offset},
      .columns = left < nr ? left : nr,
      .packed = (const float*)p->step.packed + (size_t)panel * PRODUCTS * p->panel_floats,
      .c_stride = (size_t)nr,
      .min = -INFINITY,
      .max = INFINITY,
  };
  for (int i = 0; i < PRODUCTS; ++i) {
    args.in.base = factors;
    args.c = sums;
    p->gemm->run(&args);
    factors += p->factors_stride;
    sums += p->sums_stride;
    args.packed += p->panel_floats;
  }
}

static void make_outputs(const winograd_step* p, const float* sums, int32_t first, int32_t tiles,
                         int32_t panel) {
  const lm__geometry* g = &p->g;
  const int32_t nr = p->gemm->nr, column = panel * nr;
  for (int32_t t = 0; t < tiles; ++t) {
    const tile_position at = position_of(p, first + t);
    const size_t pixel = ((size_t)at.batch * g->out_h + at.y) * g->out_w + at.x;
    const lm__f32_winograd_output_args args = {
        .channels = g->out_c - column < nr ? g->out_c - column : nr,
        .rows = g->out_h - at.y < TILE ? g->out_h - at.y : TILE,
        .columns = g->out_w - at.x < TILE ? g->out_w - at.x : TILE,
        .in = sums + (size_t)t * (size_t)nr,
        .in_stride = p->sums_stride,
        .bias = p->bias + column,
        .out = p->output + pixel * p->target.pixel_stride + column,
        .row_stride = (size_t)g->out_w * p->target.pixel_stride,
        .column_stride = p->target.pixel_stride,
        .min = p->range.min,
        .max = p->range.max,
    };
    p->uk->output(&args);
  }
}

static void run_panels(const winograd_step* p, int32_t thread, const float* factors, int32_t first,
                       int32_t tiles, int32_t begin, int32_t end) {
  float* sums = (float*)(void*)(p->scratch + (size_t)thread * p->thread_stride);
  for (int32_t panel = begin; panel < end; ++panel) {
    multiply(p, factors, tiles, panel, sums);
    make_outputs(p, sums, first, tiles, panel);
  }
}

static void run_blocks(void* context, int32_t thread, int32_t begin, int32_t end) {
  const winograd_step* p = context;
  float* factors = p->factors + (size_t)thread * p->factors_thread;
  for (int32_t b = begin; b < end; ++b) {
    const int32_t first = (int32_t)((int64_t)p->tiles * b / p->blocks);
    const int32_t last = (int32_t)((int64_t)p->tiles * (b + 1) / p->blocks);
    make_factors(p, factors, first, first, last);
    run_panels(p, thread, factors, first, last - first, 0, p->panels);
  }
}

static void share_factors(void* context, int32_t thread, int32_t begin, int32_t end) {
  const winograd_step* p = context;
  (void)thread;
  make_factors(p, p->factors, 0, begin, end);
}

static void share_panels(void* context, int32_t thread, int32_t begin, int32_t end) {
  const winograd_step* p = context;
  run_panels(p, thread, p->factors, 0, p->tiles, begin, end);
}

static void winograd_run(lm__cpu_step* step) {
  winograd_step* p = (winograd_step*)step;
  lm__thread_pool* pool = step->delegate->pool;
  if (p->blocks > 1) {
    lm__thread_pool_run(pool, p->blocks, run_blocks, p);
    return;
  }
  lm__thread_pool_run(pool, p->tiles, share_factors, p);
  lm__thread_pool_run(pool, p->panels, share_panels, p);
}
