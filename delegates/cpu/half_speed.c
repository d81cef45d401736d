// SPDX-License-Identifier: MIT
#include "half_speed.h"

#include "litmark/profiler.h"
#include "packing.h"

// Weights of either kind stay in a first-level cache, so that only the multiplications count.
#define ROWS 56
#define COLUMNS 32
#define DEPTH 256
#define REPEATS 16  // the least of them counts
// Where widening is not free it costs a sixth and more; what is less is in the measurement.
#define WORTH 0.95

typedef struct layer {
  float input[ROWS * DEPTH + LM_TAIL_BYTES / sizeof(float)];
  float weights[COLUMNS * DEPTH];
  float output[ROWS * COLUMNS];
} layer;

static lm_status pack(const lm__f32_gemm_uk* uk, const layer* l, lm_allocator allocator,
                      float** out_packed, lm_error* err) {
  const lm__gemm_shape shape = {COLUMNS, 1, DEPTH, DEPTH, 1};
  size_t panel_bytes, bytes;
  *out_packed = NULL;
  if (lm__f32_gemm_packed_bytes(uk, &shape, &panel_bytes, &bytes)) {
    *out_packed = lm_alloc(allocator, bytes);
  }
  if (*out_packed == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: measuring float16");
  lm__f32_gemm_pack(uk, &shape, l->weights, NULL, *out_packed);
  return LM_OK;
}

static uint64_t run(const lm__f32_gemm_uk* uk, const float* packed, layer* l) {
  const size_t tap = 0;
  const lm__f32_gemm_args args = {
      .in = {.rows = ROWS,
             .taps = 1,
             .depth = DEPTH,
             .base = l->input,
             .row_stride = DEPTH,
             .tap_offsets = &tap},
      .columns = COLUMNS,
      .packed = packed,
      .c = l->output,
      .c_stride = COLUMNS,
      .min = -1e30f,
      .max = 1e30f,
  };
  const uint64_t begin = lm_now_ns();
  uk->run(&args);
  return lm_now_ns() - begin;
}

lm_status lm__f32_gemm_compare(const lm__f32_gemm_uk* half, const lm__f32_gemm_uk* single,
                               lm_allocator allocator, double* out_ratio, lm_error* err) {
  const lm__f32_gemm_uk* uks[2] = {half, single};
  float* packed[2] = {NULL, NULL};
  layer* l = lm_alloc(allocator, sizeof *l);
  lm_status status =
      l != NULL ? LM_OK : LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: measuring float16");
  if (status == LM_OK) {
    // Small whole numbers: exact in either, and no denormals.
    for (int i = 0; i < ROWS * DEPTH; ++i) l->input[i] = (float)(i % 7 - 3);
    for (int i = 0; i < COLUMNS * DEPTH; ++i) l->weights[i] = (float)(i % 5 - 2);
  }
  for (int i = 0; status == LM_OK && i < 2; ++i) {
    status = pack(uks[i], l, allocator, &packed[i], err);
  }
  if (status == LM_OK) {
    uint64_t least[2] = {UINT64_MAX, UINT64_MAX};
    for (int i = 0; i < 2 * REPEATS; ++i) {  // 4 microseconds each
      const uint64_t ns = run(uks[i % 2], packed[i % 2], l);
      if (ns < least[i % 2]) least[i % 2] = ns;
    }
    *out_ratio = (double)(least[1] + 1) / (double)(least[0] + 1);
  }
  lm_free(allocator, packed[0]);
  lm_free(allocator, packed[1]);
  lm_free(allocator, l);
  return status;
}

static lm_status pays(uint32_t isa, bool exact, lm_allocator allocator, bool* out_pays,
                      lm_error* err) {
  *out_pays = false;
  const lm__f32_gemm_uk* single = lm__f32_gemm_select(isa, exact, COLUMNS);
  const lm__f32_gemm_uk* half = lm__f32_gemm_half_of(single);
  if (half == NULL) return LM_OK;
  double ratio;
  const lm_status status = lm__f32_gemm_compare(half, single, allocator, &ratio, err);
  if (status == LM_OK) *out_pays = ratio >= WORTH;
  return status;
}

lm_status lm__half_speed_make(uint32_t isa, lm_allocator allocator, lm__half_speed* out,
                              lm_error* err) {
  out->exact = false;
  const lm_status status = pays(isa, false, allocator, &out->fused, err);
  return status != LM_OK ? status : pays(isa, true, allocator, &out->exact, err);
}
