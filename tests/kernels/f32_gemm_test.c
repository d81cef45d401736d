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

// Largest error of a sum of `count` products, relative to the sum of their magnitudes. Of products
// in bfloat16 parts, it grows by what is left out: parts of 2^-9 of a number times parts of 2^-9,
// and the rest behind the second part; with three parts 2^-9 times 2^-18, and such a rest.
static double bound_of(const lm__f32_gemm_uk* uk, int32_t count) {
  const double left_out = uk->products == 3 ? 4 * 0x1p-18 : uk->products == 6 ? 5 * 0x1p-27 : 0.0;
  const int32_t sums = uk->products == 0 ? count : uk->products * count;
  return left_out + (sums + 2) * 0x1p-24;
}

static void compare(const product* p, const float* got, size_t stride) {
  for (int32_t r = 0; r < p->rows; ++r) {
    for (int32_t c = 0; c < p->columns; ++c) {
      double exact, magnitude;
      const float want = expected(p, r, c, &exact, &magnitude);
      const float y = got[(size_t)r * stride + c];
      const bool same = memcmp(&y, &want, sizeof y) == 0 || y == want;
      const double bound = magnitude * bound_of(p->uk, p->taps * p->depth);
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
  for (size_t i = 0; i < (size_t)columns * k; ++i) {
    const float w = test_unit();
    weights[i] = uk->half ? lm_half_to_float(lm_float_to_half(i % 31 == 0 ? w * 0x1p-16f : w)) : w;
  }
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

// Behind a run there may be anything, and its weights, which are zero, must not meet it.
static void check_behind(const lm__f32_gemm_uk* uk) {
  const lm__gemm_shape shape = {1, 1, 1, 1, 1};
  size_t panel_bytes, bytes;
  if (!lm__f32_gemm_packed_bytes(uk, &shape, &panel_bytes, &bytes)) test_fail("size");
  float* packed = test_input(bytes, 0);
  memset(packed, 0, bytes);
  const float weight = 3.0f;
  lm__f32_gemm_pack(uk, &shape, &weight, NULL, packed);
  float* a = test_input(sizeof *a, LM_TAIL_BYTES);
  a[0] = 2.0f;
  for (size_t i = 1; i <= LM_TAIL_BYTES / sizeof *a; ++i) a[i] = NAN;
  const size_t none = 0;
  float c = 0.0f;
  const lm__f32_gemm_args args = {.in = {1, 1, 1, a, NULL, 1, &none},
                                  .columns = 1,
                                  .packed = packed,
                                  .c = &c,
                                  .c_stride = 1,
                                  .min = -10.0f,
                                  .max = 10.0f};
  uk->run(&args);
  if (c != 6.0f) test_fail("with NaN behind the row: %g", (double)c);
  test_free_inputs();
}

// Largest error of a product, relative to the largest output.
static double largest_error(const lm__f32_gemm_uk* uk, const product* p) {
  const lm__gemm_shape shape = {p->columns, 1, p->depth, (size_t)p->depth, 1};
  size_t panel_bytes, bytes;
  if (!lm__f32_gemm_packed_bytes(uk, &shape, &panel_bytes, &bytes)) test_fail("size");
  float* packed = test_input(bytes, 0);
  memset(packed, 0, bytes);
  lm__f32_gemm_pack(uk, &shape, p->weights, NULL, packed);
  const size_t count = (size_t)p->rows * (size_t)p->columns, none = 0;
  float* c = test_input(count * sizeof *c, 0);
  const lm__f32_gemm_args args = {.in = {p->rows, 1, p->depth, p->a, NULL, (size_t)p->depth, &none},
                                  .columns = p->columns,
                                  .packed = packed,
                                  .c = c,
                                  .c_stride = (size_t)p->columns,
                                  .min = -1e30f,
                                  .max = 1e30f};
  uk->run(&args);
  double largest = 0, error = 0;
  for (size_t i = 0; i < count; ++i) {
    double exact, magnitude;
    expected(p, (int32_t)i / p->columns, (int32_t)i % p->columns, &exact, &magnitude);
    largest = fmax(largest, fabs(exact));
    error = fmax(error, fabs((double)c[i] - exact));
  }
  return error / largest;
}

// Six bfloat16 products may stand for one of floats because they are nearer to the truth than sums
// of floats in sequence. Activations as behind a ReLU.
static void check_more_exact(const lm__f32_gemm_uk* uk) {
  const lm__f32_gemm_uk* whole = lm__f32_gemm_select(lm__cpu_features(), false, 64);
  static const int32_t depths[] = {64, 256, 576, 1152};
  for (int i = 0; i < 4; ++i) {
    const size_t k = (size_t)depths[i];
    float* a = test_input(64 * k * sizeof *a, LM_TAIL_BYTES);
    float* weights = test_input(64 * k * sizeof *weights, 0);
    for (size_t n = 0; n < 64 * k; ++n) a[n] = fmaxf(test_unit(), 0.0f);
    for (size_t n = 0; n < 64 * k; ++n) weights[n] = test_unit();
    const product p = {uk, 64, 64, 1, depths[i], a, weights, NULL, -1e30f, 1e30f};
    const double parts = largest_error(uk, &p), floats = largest_error(whole, &p);
    printf("  depth %d: largest error %.1e, of %s %.1e\n", depths[i], parts, whole->name, floats);
    if (!(parts <= floats)) test_fail("depth %d: error %g, floats %g", depths[i], parts, floats);
    test_free_inputs();
  }
}

static void check_kernel(const lm__f32_gemm_uk* uk) {
  static const int32_t depths[] = {0, 1, 2, 3, 7, 16, 31, 64};
  const int32_t columns[] = {1, uk->nr - 1, uk->nr, uk->nr + 1, 2 * uk->nr + 3, 13};
  for (int32_t rows = 1; rows <= 2 * uk->mr + 1; ++rows) {
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; ++c) {
      if (columns[c] < 1) continue;
      for (size_t d = 0; d < sizeof depths / sizeof depths[0]; ++d) {
        check(uk, rows, columns[c], 1 + 2 * (int32_t)(d % 2), depths[d], d % 3 != 0, -1e30f, 1e30f);
      }
    }
  }
  check(uk, uk->mr, uk->nr, 1, 9, true, 0.0f, 0.5f);
  check_nan(uk);
  check_behind(uk);
  if (uk->products == 6) check_more_exact(uk);
}

#ifdef LM_TEST_AMX_BF16_EMULATED
void lm__uk_f32_split3_16x64c32__amxbf16_emulated(const lm__f32_gemm_args* args);
void lm__uk_f32_split6_16x64c32__amxbf16_emulated(const lm__f32_gemm_args* args);

static void check_emulated(void) {
  static const lm__f32_gemm_uk emulated[] = {
      {LM_CPU_AVX512, 16, 64, 4, false, 3, false, lm__uk_f32_split3_16x64c32__amxbf16_emulated,
       "f32_split3_16x64c32__amxbf16, tiles emulated"},
      {LM_CPU_AVX512, 16, 64, 4, false, 6, false, lm__uk_f32_split6_16x64c32__amxbf16_emulated,
       "f32_split6_16x64c32__amxbf16, tiles emulated"},
  };
  for (size_t i = 0; i < sizeof emulated / sizeof emulated[0]; ++i) {
    // Conversions are not emulated.
    if (!__builtin_cpu_supports("avx512bf16")) {
      printf("skipped %s: this machine lacks AVX512_BF16\n", emulated[i].name);
    } else if (test_begin(emulated[i].name, emulated[i].isa)) {
      check_kernel(&emulated[i]);
    }
  }
}
#else
static void check_emulated(void) {}
#endif

static float from_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// Each of the 65,536 halves fits, NaN apart, and none of its neighbours among floats does.
static void check_fits_half(void) {
  for (uint32_t h = 0; h < 0x10000; ++h) {
    const float x = lm_half_to_float((uint16_t)h);
    if (lm__f32_fits_half(&x, 1) != !isnan(x)) test_fail("half %04x", h);
    if (isnan(x)) continue;
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const float above = from_bits(bits + 1), below = from_bits(bits - 1);
    if (lm__f32_fits_half(&above, 1)) test_fail("above half %04x", h);
    if ((bits & 0x7fffffff) != 0 && lm__f32_fits_half(&below, 1)) test_fail("below half %04x", h);
  }
  const float some[] = {1.0f, 65504.0f, 65536.0f, -0x1p-24f, 0x1p-25f};
  static const bool kFit[] = {true, true, false, true, false};
  for (size_t i = 0; i < sizeof some / sizeof some[0]; ++i) {
    if (lm__f32_fits_half(&some[i], 1) != kFit[i]) test_fail("%g", (double)some[i]);
  }
  if (lm__f32_fits_half(some, 3) || !lm__f32_fits_half(some, 2)) test_fail("several");
}

// A kernel gives the bits of the one that it stands for, also where weights are infinite.
static void check_same_bits(const lm__f32_gemm_uk* single, const lm__f32_gemm_uk* half) {
  enum { ROWS = 3, COLUMNS = 5, DEPTH = 4 };
  const lm__gemm_shape shape = {COLUMNS, 1, DEPTH, DEPTH, 1};
  const lm__f32_gemm_uk* uks[2] = {single, half};
  float* a = test_input(ROWS * DEPTH * sizeof *a, LM_TAIL_BYTES);
  for (int i = 0; i < ROWS * DEPTH; ++i) a[i] = test_unit();
  float weights[COLUMNS * DEPTH], bias[COLUMNS], c[2][ROWS * COLUMNS];
  for (int i = 0; i < COLUMNS * DEPTH; ++i) {
    weights[i] = lm_half_to_float((uint16_t)(i * 2749 & 0xbfff));
  }
  weights[6] = INFINITY;
  for (int i = 0; i < COLUMNS; ++i) bias[i] = test_unit();
  const size_t none = 0;
  for (int i = 0; i < 2; ++i) {
    size_t panel_bytes, bytes;
    if (!lm__f32_gemm_packed_bytes(uks[i], &shape, &panel_bytes, &bytes)) test_fail("size");
    float* packed = test_input(bytes, 0);
    memset(packed, 0, bytes);
    lm__f32_gemm_pack(uks[i], &shape, weights, bias, packed);
    const lm__f32_gemm_args args = {.in = {ROWS, 1, DEPTH, a, NULL, DEPTH, &none},
                                    .columns = COLUMNS,
                                    .packed = packed,
                                    .c = c[i],
                                    .c_stride = COLUMNS,
                                    .min = -INFINITY,
                                    .max = INFINITY};
    uks[i]->run(&args);
  }
  if (memcmp(c[0], c[1], sizeof c[0]) != 0) test_fail("not the bits of %s", single->name);
  test_free_inputs();
}

void test_f32_gemm(void) {
  check_fits_half();
  int32_t halves = 0;
  for (int32_t i = 0; i < lm__f32_gemm_uk_count; ++i) {
    const lm__f32_gemm_uk* uk = &lm__f32_gemm_uks[i];
    if (test_begin(uk->name, uk->isa)) check_kernel(uk);
    const lm__f32_gemm_uk* half = lm__f32_gemm_half_of(uk);
    if (half == NULL) continue;
    ++halves;
    if (!test_begin(half->name, half->isa)) continue;
    check_kernel(half);
    check_same_bits(uk, half);
  }
  if (halves != lm__f32_gemm_half_uk_count) test_fail("some kernel stands for none");
  for (int32_t i = 0; i < lm__f32_split_uk_count; ++i) {
    const lm__f32_gemm_uk* uk = &lm__f32_split_uks[i];
    if (test_begin(uk->name, uk->isa)) check_kernel(uk);
  }
  check_emulated();
}
