// SPDX-License-Identifier: MIT
//
// Which micro-kernel a product runs on.
#include "cpu_product.h"

// Layers of fewer products take the reference's very roundings.
#define CHEAP_PRODUCTS 2e6

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

// Bits cannot be those of the reference in bfloat16 parts, so that `exact` overrides them.
const lm__f32_gemm_uk* lm__cpu_product_f32(const lm__cpu_build* build, const lm__product_desc* d,
                                           int64_t rows, int64_t depth) {
  const lm__geometry* g = &d->geometry;
  const uint32_t isa = build->delegate->isa;
  const lm__f32_gemm_uk* uk = NULL;
  if (!build->exact && build->delegate->products != 0) {
    uk = lm__f32_split_select(isa, build->delegate->products, rows);
  }
  if (lm__cpu_split6_gain(build, g) > 1) uk = lm__f32_split_select(isa, 6, rows);
  if (uk != NULL) return uk;
  uk = lm__f32_gemm_select(isa, build->exact || is_cheap(rows, depth, g->out_c), g->out_c);
  return half_where_it_pays(build, d, rows, uk);
}

const lm__q8_gemm_uk* lm__cpu_product_q8(const lm__cpu_build* build, int64_t rows, int32_t columns,
                                         int64_t depth) {
  const uint32_t isa = lm__tile_speed_isa(&build->delegate->tile_speed, depth);
  return lm__q8_gemm_select(isa, rows, columns, depth);
}
