// SPDX-License-Identifier: MIT
#include "tile_speed.h"

#include "product_speed.h"

#define ROWS 64
#define COLUMNS 64

static const int32_t kDepths[LM_TILE_CLASSES] = {64, 256, 1024};

// On Sapphire Rapids, by prototypes; a kernel that is not measured is held to these.
static const double kExpectedSplit6[LM_TILE_CLASSES] = {0.8, 1.9, 2.4};

lm__tile_speed lm__tile_speed_fixed(uint32_t isa, bool floats) {
  lm__tile_speed speed = {.split6 = {0}};
  const bool has_tiles = floats && lm__f32_split_select(isa, 6, ROWS) != NULL;
  for (int i = 0; i < LM_TILE_CLASSES; ++i) {
    speed.isa[i] = isa;
    if (has_tiles) speed.split6[i] = kExpectedSplit6[i];
  }
  return speed;
}

static lm_status measure_bytes(uint32_t isa, int32_t depth, lm_allocator allocator,
                               uint32_t* out_isa, lm_error* err) {
  const uint32_t without = isa & ~(uint32_t)LM_CPU_AMX_INT8;
  const lm__q8_gemm_uk* tiles = lm__q8_gemm_select(isa, ROWS, COLUMNS, depth);
  if (tiles->kr != LM_Q8_TILE_KR) return LM_OK;
  const lm__q8_gemm_uk* vectors = lm__q8_gemm_select(without, ROWS, COLUMNS, depth);
  // Of eight times, because a first one configures tiles and fills caches.
  const lm__product_size size = {ROWS, COLUMNS, depth, 8};
  double ratio = 1;
  const lm_status status = lm__q8_gemm_compare(tiles, vectors, &size, allocator, &ratio, err);
  if (ratio < 1) *out_isa = without;
  return status;
}

lm_status lm__tile_speed_make(uint32_t isa, bool floats, lm_allocator allocator,
                              lm__tile_speed* out, lm_error* err) {
  *out = lm__tile_speed_fixed(isa, false);
  const lm__f32_gemm_uk* parts = floats ? lm__f32_split_select(isa, 6, ROWS) : NULL;
  const lm__f32_gemm_uk* whole = lm__f32_gemm_select(isa, false, COLUMNS);
  lm_status status = LM_OK;
  for (int i = 0; i < LM_TILE_CLASSES && status == LM_OK; ++i) {
    status = measure_bytes(isa, kDepths[i], allocator, &out->isa[i], err);
    if (status == LM_OK && parts != NULL) {
      const lm__product_size size = {ROWS, COLUMNS, kDepths[i], 4};
      status = lm__f32_gemm_compare(parts, whole, &size, allocator, &out->split6[i], err);
    }
  }
  return status;
}

static int class_of(int64_t depth) {
  int i = LM_TILE_CLASSES - 1;
  while (i > 0 && depth < kDepths[i]) --i;
  return i;
}

uint32_t lm__tile_speed_isa(const lm__tile_speed* speed, int64_t depth) {
  return speed->isa[class_of(depth)];
}

double lm__tile_speed_split6(const lm__tile_speed* speed, int64_t depth) {
  return speed->split6[class_of(depth)];
}
