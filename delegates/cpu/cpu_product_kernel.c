// SPDX-License-Identifier: MIT
//
// Which micro-kernel a product runs on.
#include "cpu_product.h"

// Layers of fewer products take the reference's very roundings.
#define CHEAP_PRODUCTS 2e6
// Where three bfloat16 products are asked for, layers of up to so many weights do not take them,
// nor does what comes before this share of the network's multiplications: errors that are made
// first pass through all that follows, and those of narrow layers are averaged the least, while
// tiles gain little there. Both numbers were found by simulation, see docs/cpu-delegate.md.
#define TOO_FEW_WEIGHTS_FOR_THREE 32768
#define TOO_EARLY_FOR_THREE 0.3

// Weights that are float16 numbers, as those of float16 models are, stay so: a single row, which
// waits for its weights, takes half of the time then, and the results are the same.
static const lm__f32_gemm_uk* half_where_it_pays(const lm__cpu_build* build,
                                                 const lm__product_desc* d, int64_t rows,
                                                 const lm__f32_gemm_uk* uk) {
  const lm__f32_gemm_uk* half = lm__f32_gemm_half_of(uk);
  const lm__half_speed* speed = &build->delegate->half_speed;
  if (half == NULL || (rows > 1 && !(uk->exact ? speed->exact : speed->fused))) return uk;
  return lm__f32_fits_half(d->filter->data, d->filter->bytes / sizeof(float)) ? half : uk;
}

static bool is_cheap(int64_t rows, int64_t depth, int32_t columns) {
  // A single row waits for its weights either way, and a small layer is over in microseconds.
  return rows == 1 || (double)rows * columns * (double)depth < CHEAP_PRODUCTS;
}

// How much of what tiles of `size` compute is wanted.
static double share_of_tiles(int64_t wanted, int64_t size) {
  const int64_t computed = (wanted + size - 1) / size * size;
  return (double)wanted / (double)computed;
}

double lm__cpu_split6_gain(const lm__cpu_build* build, const lm__geometry* g) {
  const int64_t rows = (int64_t)g->batches * g->out_h * g->out_w;
  const int64_t run = (int64_t)g->in_c * (g->dilation_w == 1 ? g->filter_w : 1);
  const int64_t depth = (int64_t)g->filter_h * g->filter_w * g->in_c;
  if (build->exact || is_cheap(rows, depth, g->out_c)) return 0;
  const lm__f32_gemm_uk* uk = lm__f32_split_select(build->delegate->isa, 6, rows);
  if (uk == NULL) return 0;
  return lm__tile_speed_split6(&build->delegate->tile_speed, depth) * share_of_tiles(rows, uk->mr) *
         share_of_tiles(g->out_c, uk->nr) * share_of_tiles(run, 32);
}

// Of a node that multiplies floats by constant weights, which come by output channels; else 0.
static double multiplications_of(const lm_graph* graph, const lm_node* node) {
  const int32_t op = node->def->builtin;
  if (op != LM_BUILTIN_CONV_2D && op != LM_BUILTIN_FULLY_CONNECTED) return 0;
  const lm_tensor* filter = lm_graph_input(graph, node, 1);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  if (filter == NULL || output == NULL || output->type != LM_FLOAT32) return 0;
  if (filter->shape.rank == 0 || filter->shape.dims[0] <= 0) return 0;
  return (double)lm_shape_count(&output->shape) * (double)lm_shape_count(&filter->shape) /
         filter->shape.dims[0];
}

int32_t lm__cpu_three_from(const lm_graph* graph) {
  double all = 0, before = 0;
  for (int32_t i = 0; i < graph->node_count; ++i) {
    all += multiplications_of(graph, &graph->nodes[i]);
  }
  for (int32_t i = 0; i < graph->node_count; ++i) {
    const double own = multiplications_of(graph, &graph->nodes[i]);
    if (before + own / 2 >= TOO_EARLY_FOR_THREE * all) return i;
    before += own;
  }
  return graph->node_count;
}

bool lm__cpu_takes_three(const lm__cpu_build* build, const lm_node* node, const lm__geometry* g) {
  const int64_t rows = (int64_t)g->batches * g->out_h * g->out_w;
  const int64_t depth = (int64_t)g->filter_h * g->filter_w * g->in_c;
  return build->delegate->products == 3 && !build->exact && node->index >= build->three_from &&
         depth * g->out_c > TOO_FEW_WEIGHTS_FOR_THREE &&
         lm__f32_split_select(build->delegate->isa, 3, rows) != NULL;
}

// Bits cannot be those of the reference in bfloat16 parts, so that `exact` overrides them.
const lm__f32_gemm_uk* lm__cpu_product_f32(const lm__cpu_build* build, const lm__product_desc* d,
                                           int64_t rows, int64_t depth) {
  const lm__geometry* g = &d->geometry;
  const uint32_t isa = build->delegate->isa;
  const lm__f32_gemm_uk* uk = NULL;
  if (lm__cpu_takes_three(build, d->node, g)) return lm__f32_split_select(isa, 3, rows);
  if ((!build->exact && build->delegate->products == 6) || lm__cpu_split6_gain(build, g) > 1) {
    uk = lm__f32_split_select(isa, 6, rows);
  }
  if (uk != NULL) return uk;
  uk = lm__f32_gemm_select(isa, build->exact || is_cheap(rows, depth, g->out_c), g->out_c);
  return half_where_it_pays(build, d, rows, uk);
}

const lm__q8_gemm_uk* lm__cpu_product_q8(const lm__cpu_build* build, int64_t rows, int32_t columns,
                                         int64_t depth) {
  const uint32_t isa = lm__tile_speed_isa(&build->delegate->tile_speed, depth);
  return lm__q8_gemm_select(isa, rows, columns, depth);
}
