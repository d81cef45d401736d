// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "litmark/allocator.h"

#include "kernel_test.h"
#include "packing.h"

typedef struct product {
  const lm__f32_gemm_uk* uk;
  int32_t rows, columns, taps, depth;
  const float* a;  // [taps][rows][depth], runs apart
  const float* weights;
  const float* bias;
  float min, max;
} product;

static const float* run_of(const product* p, int32_t tap, int32_t row) {
  return p->a + (size_t)(tap * p->rows + row) * (size_t)p->depth;
}

// What the reference kernel computes, and the size of what it adds up.
static float expected(const product* p, int32_t row, int32_t column, double* out_exact,
                      double* out_magnitude) {
  const float* w = p->weights + (size_t)column * (size_t)(p->taps * p->depth);
  float sum = 0.0f;
  double exact = 0, magnitude = 0;
  for (int32_t t = 0; t < p->taps; ++t) {
    for (int32_t d = 0; d < p->depth; ++d, ++w) {
      const float x = run_of(p, t, row)[d];
      sum += x * *w;
      exact += (double)x * *w;
      magnitude += fabs((double)x * *w);
    }
  }
  sum += p->bias != NULL ? p->bias[column] : 0.0f;
  exact += p->bias != NULL ? p->bias[column] : 0.0f;
  *out_exact = exact < p->min ? p->min : exact > p->max ? p->max : exact;
  *out_magnitude = magnitude + 1.0;
  return sum < p->min ? p->min : sum > p->max ? p->max : sum;
}

static void compare(const product* p, const float* got, size_t stride) {
  for (int32_t r = 0; r < p->rows; ++r) {
    for (int32_t c = 0; c < p->columns; ++c) {
      double exact, magnitude;
      const float want = expected(p, r, c, &exact, &magnitude);
      const float y = got[(size_t)r * stride + c];
      const bool same = memcmp(&y, &want, sizeof y) == 0 || y == want;
      const double bound = magnitude * (p->taps * p->depth + 2) * 0x1p-24;
      if (p->uk->exact ? !same : !(fabs(y - exact) <= bound)) {
        test_fail("%dx%d taps %d depth %d at %d,%d: %.9g, want %.9g", p->rows, p->columns, p->taps,
                  p->depth, r, c, (double)y, (double)want);
        return;
      }
    }
    for (size_t c = (size_t)p->columns; c < stride; ++c) {
      uint32_t bits;
      memcpy(&bits, &got[(size_t)r * stride + c], sizeof bits);
      if (bits != TEST_POISON * 0x01010101u) test_fail("wrote between rows");
    }
  }
}

static void check(const lm__f32_gemm_uk* uk, int32_t rows, int32_t columns, int32_t taps,
                  int32_t depth, bool has_bias, float min, float max) {
  const size_t k = (size_t)(taps * depth);
  float* a = test_input((size_t)rows * k * sizeof *a, LM_TAIL_BYTES);
  float* weights = test_input((size_t)columns * k * sizeof *weights, 0);
  float* bias = test_input((size_t)columns * sizeof *bias, 0);
  for (size_t i = 0; i < (size_t)rows * k; ++i) a[i] = test_unit();
  for (size_t i = 0; i < (size_t)columns * k; ++i) weights[i] = test_unit();
  for (int32_t i = 0; i < columns; ++i) bias[i] = test_unit();
  const product p = {uk, rows, columns, taps, depth, a, weights, has_bias ? bias : NULL, min, max};

  const lm__gemm_shape shape = {columns, taps, depth, k, 1};
  size_t panel_bytes, bytes;
  if (!lm__f32_gemm_packed_bytes(uk, &shape, &panel_bytes, &bytes)) test_fail("size");
  float* packed = test_input(bytes, 0);
  memset(packed, 0, bytes);
  lm__f32_gemm_pack(uk, &shape, weights, p.bias, packed);

  size_t row_offsets[64], tap_offsets[3];
  for (int32_t r = 0; r < rows; ++r) row_offsets[r] = (size_t)(r * depth);
  for (int32_t t = 0; t < taps; ++t) tap_offsets[t] = (size_t)(t * rows * depth);
  const size_t stride = (size_t)columns + 3;
  test_output out = test_output_make((size_t)rows * stride * sizeof(float));
  const lm__gemm_input in = {
      rows, taps, depth, a, rows % 2 == 0 ? row_offsets : NULL, (size_t)depth, tap_offsets};
  const lm__f32_gemm_args args = {
      .in = in,
      .columns = columns,
      .packed = packed,
      .ahead = {packed, rows % 3},  // and past it: fetching may name any address
      .c = (float*)(void*)out.data,
      .c_stride = stride,
      .min = min,
      .max = max,
  };
  uk->run(&args);
  compare(&p, (const float*)(const void*)out.data, stride);
  if (!test_output_free(&out)) test_fail("wrote out of bounds");
  test_free_inputs();
}

// Not a number in a row stays in that row, also through the clamp.
static void check_nan(const lm__f32_gemm_uk* uk) {
  const lm__gemm_shape shape = {1, 1, 2, 2, 1};
  size_t panel_bytes, bytes;
  if (!lm__f32_gemm_packed_bytes(uk, &shape, &panel_bytes, &bytes)) test_fail("size");
  float* packed = test_input(bytes, 0);
  memset(packed, 0, bytes);
  const float weights[2] = {1.0f, 1.0f};
  lm__f32_gemm_pack(uk, &shape, weights, NULL, packed);
  float* a = test_input(4 * sizeof *a, LM_TAIL_BYTES);
  a[0] = 1.0f;
  a[1] = NAN;
  a[2] = 2.0f;
  a[3] = 3.0f;
  const size_t none = 0;
  const lm__gemm_input in = {2, 1, 2, a, NULL, 2, &none};
  float c[2] = {0};
  const lm__f32_gemm_args args = {
      .in = in, .columns = 1, .packed = packed, .c = c, .c_stride = 1, .max = 4.0f};
  uk->run(&args);
  if (!isnan(c[0]) || c[1] != 4.0f) test_fail("NaN: got %g and %g", (double)c[0], (double)c[1]);
  test_free_inputs();
}

void test_f32_gemm(void) {
  static const int32_t depths[] = {0, 1, 2, 3, 7, 16, 31, 64};
  for (int32_t i = 0; i < lm__f32_gemm_uk_count; ++i) {
    const lm__f32_gemm_uk* uk = &lm__f32_gemm_uks[i];
    if (!test_begin(uk->name, uk->isa)) continue;
    const int32_t columns[] = {1, uk->nr - 1, uk->nr, uk->nr + 1, 2 * uk->nr + 3, 13};
    for (int32_t rows = 1; rows <= 2 * uk->mr + 1; ++rows) {
      for (size_t c = 0; c < sizeof columns / sizeof columns[0]; ++c) {
        if (columns[c] < 1) continue;
        for (size_t d = 0; d < sizeof depths / sizeof depths[0]; ++d) {
          check(uk, rows, columns[c], 1 + 2 * (int32_t)(d % 2), depths[d], d % 3 != 0, -1e30f,
                1e30f);
        }
      }
    }
    check(uk, uk->mr, uk->nr, 1, 9, true, 0.0f, 0.5f);
    check_nan(uk);
  }
}
