// SPDX-License-Identifier: MIT
#include "tile_speed.h"

#include <string.h>

#include "litmark/profiler.h"
#include "packing.h"

#define ROWS 64
#define COLUMNS 64
#define MOST_DEPTH 1024
#define REPEATS 8  // the least of them counts: a first one configures tiles and fills caches

static const int32_t kDepths[LM_TILE_CLASSES] = {64, 256, MOST_DEPTH};

// ---- 8 bits

// A layer whose sums spread over the output's range, as trained ones do.
typedef struct layer {
  uint8_t input[ROWS * MOST_DEPTH + 256];  // and what kernels may read behind it
  uint8_t weights[COLUMNS * MOST_DEPTH];
  uint8_t output[ROWS * COLUMNS];
  int32_t bias[COLUMNS];
  lm_multiplier multipliers[COLUMNS];
} layer;

static void fill(layer* l, int32_t depth) {
  uint32_t random = 1;
  for (size_t i = 0; i < sizeof l->input; ++i) {
    random = random * 1664525u + 1013904223u;
    l->input[i] = (uint8_t)(random >> 24);
  }
  for (size_t i = 0; i < sizeof l->weights; ++i) {
    random = random * 1664525u + 1013904223u;
    l->weights[i] = (uint8_t)(random >> 24) == 0x80 ? 0 : (uint8_t)(random >> 24);
  }
  for (int32_t c = 0; c < COLUMNS; ++c) {
    l->bias[c] = 1000 * c;
    l->multipliers[c] = lm_multiplier_make(0.1 / depth);
  }
}

typedef struct candidate {
  const lm__q8_gemm_uk* uk;
  uint8_t* packed;  // OWNED
  lm__q8_requant requant;
  int32_t guard;
} candidate;

static lm_status prepare(const lm__q8_gemm_uk* uk, const layer* l, int32_t depth,
                         lm_allocator allocator, candidate* out, lm_error* err) {
  const lm__gemm_shape shape = {COLUMNS, 1, depth, (size_t)depth, 1};
  const lm__q8_weights weights = {.data = l->weights,
                                  .is_signed = true,
                                  .bias = l->bias,
                                  .input_signed = true,
                                  .multipliers = l->multipliers,
                                  .output_signed = true,
                                  .output_min = -128};
  size_t panel_bytes, bytes;
  *out = (candidate){.uk = uk};
  if (!lm__q8_gemm_packed_bytes(uk, &shape, &panel_bytes, &bytes)) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: measuring tiles");
  }
  out->packed = lm_alloc(allocator, bytes);
  if (out->packed == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: measuring tiles");
  out->requant = lm__q8_gemm_pack(uk, &shape, &weights, out->packed);
  out->guard = lm__q8_gemm_guard(&shape, &weights);
  return LM_OK;
}

static uint64_t run_bytes(const candidate* c, layer* l, int32_t depth) {
  const size_t tap = 0;
  const bool is_signed = lm__q8_gemm_is_signed(c->uk, true);
  const lm__q8_gemm_args args = {
      .in = {.rows = ROWS,
             .taps = 1,
             .depth = depth,
             .base = l->input,
             .row_stride = (size_t)depth,
             .tap_offsets = &tap},
      .columns = COLUMNS,
      .flip = is_signed ? 0 : 0x80,
      .is_signed = is_signed,
      .packed = c->packed,
      .c = l->output,
      .c_stride = COLUMNS,
      .requant = c->requant,
      .guard = c->guard,
      .output_signed = true,
      .min = -128,
      .max = 127,
  };
  const uint64_t begin = lm_now_ns();
  c->uk->run(&args);
  return lm_now_ns() - begin;
}

lm_status lm__q8_gemm_compare(const lm__q8_gemm_uk* a, const lm__q8_gemm_uk* b, int32_t depth,
                              lm_allocator allocator, double* out_ratio, lm_error* err) {
  candidate candidates[2] = {{.uk = a}, {.uk = b}};
  layer* l = lm_alloc(allocator, sizeof *l);
  lm_status status =
      l != NULL ? LM_OK : LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: measuring tiles");
  if (status == LM_OK) {
    fill(l, depth);
    status = prepare(a, l, depth, allocator, &candidates[0], err);
  }
  if (status == LM_OK) status = prepare(b, l, depth, allocator, &candidates[1], err);
  if (status == LM_OK) {
    uint64_t least[2] = {UINT64_MAX, UINT64_MAX};
    for (int i = 0; i < 2 * REPEATS; ++i) {
      const uint64_t ns = run_bytes(&candidates[i % 2], l, depth);
      if (ns < least[i % 2]) least[i % 2] = ns;
    }
    *out_ratio = (double)(least[1] + 1) / (double)(least[0] + 1);
  }
  lm_free(allocator, candidates[0].packed);
  lm_free(allocator, candidates[1].packed);
  lm_free(allocator, l);
  return status;
}

// ---- floats

// Times do not depend on values, so that all of them are the same: 0x3c3c3c3c as a float, 0x3c3c as
// a bfloat16 number, both some 0.01.
#define ANY_BYTE 0x3c

typedef struct float_product {
  uint8_t* input;  // [ROWS][depth] floats, and what kernels may read behind them
  uint8_t* packed;
  float output[ROWS * COLUMNS];
} float_product;

static uint64_t run_floats(const lm__f32_gemm_uk* uk, float_product* p, int32_t depth) {
  const size_t tap = 0;
  const lm__f32_gemm_args args = {
      .in = {.rows = ROWS,
             .taps = 1,
             .depth = depth,
             .base = p->input,
             .row_stride = (size_t)depth,
             .tap_offsets = &tap},
      .columns = COLUMNS,
      .packed = (const float*)(const void*)p->packed,
      .c = p->output,
      .c_stride = COLUMNS,
      .min = -1e30f,
      .max = 1e30f,
  };
  const uint64_t begin = lm_now_ns();
  uk->run(&args);
  return lm_now_ns() - begin;
}

lm_status lm__f32_split_compare(const lm__f32_gemm_uk* a, const lm__f32_gemm_uk* b, int32_t depth,
                                lm_allocator allocator, double* out_ratio, lm_error* err) {
  const lm__gemm_shape shape = {COLUMNS, 1, depth, (size_t)depth, 1};
  const lm__f32_gemm_uk* uks[2] = {a, b};
  const size_t input_bytes = (size_t)ROWS * (size_t)depth * sizeof(float) + 256;
  size_t panel_bytes, bytes[2];
  if (!lm__f32_gemm_packed_bytes(a, &shape, &panel_bytes, &bytes[0]) ||
      !lm__f32_gemm_packed_bytes(b, &shape, &panel_bytes, &bytes[1])) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: measuring tiles");
  }
  const size_t packed_bytes = bytes[0] > bytes[1] ? bytes[0] : bytes[1];
  lm_status status = LM_OK;
  float_product* p = lm_alloc(allocator, sizeof *p);
  if (p != NULL) p->input = lm_alloc(allocator, input_bytes);
  if (p != NULL) p->packed = lm_alloc(allocator, packed_bytes);
  if (p == NULL || p->input == NULL || p->packed == NULL) {
    status = LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: measuring tiles");
  } else {
    memset(p->input, ANY_BYTE, input_bytes);
    memset(p->packed, ANY_BYTE, packed_bytes);
    uint64_t least[2] = {UINT64_MAX, UINT64_MAX};
    for (int i = 0; i < REPEATS; ++i) {
      const uint64_t ns = run_floats(uks[i % 2], p, depth);
      if (ns < least[i % 2]) least[i % 2] = ns;
    }
    *out_ratio = (double)(least[1] + 1) / (double)(least[0] + 1);
  }
  if (p != NULL) {
    lm_free(allocator, p->input);
    lm_free(allocator, p->packed);
  }
  lm_free(allocator, p);
  return status;
}

// ---- the choice

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
  double ratio = 1;
  const lm_status status = lm__q8_gemm_compare(tiles, vectors, depth, allocator, &ratio, err);
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
      status = lm__f32_split_compare(parts, whole, kDepths[i], allocator, &out->split6[i], err);
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
