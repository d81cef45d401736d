// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "litmark/allocator.h"

#include "kernel_test.h"
#include "packing.h"

typedef enum fill { FILL_RANDOM, FILL_MAX, FILL_MIN } fill;

typedef struct product {
  const lm__q8_gemm_uk* uk;
  int32_t rows, columns, taps, depth;
  int32_t run, gap;  // `gap` bytes lie after each `run` rows, as padding does in images
  bool input_signed, weights_signed;
  int32_t input_zero, weights_zero;
  uint8_t* a;  // [taps][rows][depth] and gaps
  uint8_t* weights;
  int32_t* bias;
  lm_multiplier* multipliers;
  double* factors;  // or NULL: multipliers rescale
  int32_t output_zero, min, max;
} product;

static int32_t value_of(uint8_t byte, bool is_signed) { return is_signed ? (int8_t)byte : byte; }

static uint8_t fill_byte(fill f, bool is_signed) {
  if (f == FILL_MAX) return is_signed ? 127 : 255;
  if (f == FILL_MIN) return is_signed ? (uint8_t)-128 : 0;
  return (uint8_t)test_random();
}

static size_t row_offset(const product* p, int32_t row) {
  return (size_t)row * (size_t)p->depth + (size_t)(row / p->run * p->gap);
}

static size_t tap_bytes(const product* p) { return row_offset(p, p->rows - 1) + (size_t)p->depth; }

static const uint8_t* run_of(const product* p, int32_t tap, int32_t row) {
  return p->a + (size_t)tap * tap_bytes(p) + row_offset(p, row);
}

static int32_t expected_sum(const product* p, int32_t row, int32_t column) {
  const uint8_t* w = p->weights + (size_t)column * (size_t)(p->taps * p->depth);
  uint32_t sum = (uint32_t)p->bias[column];
  for (int32_t t = 0; t < p->taps; ++t) {
    for (int32_t d = 0; d < p->depth; ++d, ++w) {
      sum += (uint32_t)((value_of(run_of(p, t, row)[d], p->input_signed) - p->input_zero) *
                        (value_of(*w, p->weights_signed) - p->weights_zero));
    }
  }
  return (int32_t)sum;
}

static uint8_t expected(const product* p, int32_t sum, int32_t column) {
  if (p->factors != NULL) {
    const double low = p->min - p->output_zero, high = p->max - p->output_zero;
    const double x = round((double)sum * p->factors[column]);
    return (uint8_t)((int32_t)(x < low ? low : x > high ? high : x) + p->output_zero);
  }
  const int64_t y = (int64_t)lm_multiply(sum, p->multipliers[column]) + p->output_zero;
  return (uint8_t)(y < p->min ? p->min : y > p->max ? p->max : y);
}

// The sums of a row's activations in the kernel's domain, times minus the weights' zero point.
static void fill_row_terms(const product* p, uint8_t flip, int32_t* terms) {
  for (int32_t r = 0; r < p->rows; ++r) {
    int32_t sum = 0;
    for (int32_t t = 0; t < p->taps; ++t) {
      for (int32_t d = 0; d < p->depth; ++d) {
        sum += value_of(run_of(p, t, r)[d] ^ flip, lm__q8_gemm_is_signed(p->uk, p->input_signed));
      }
    }
    terms[r] = ((p->weights_signed ? 0 : 128) - p->weights_zero) * sum;
  }
}

static void compare(const product* p, const uint8_t* got, const int32_t* sums, size_t stride) {
  for (int32_t r = 0; r < p->rows; ++r) {
    for (int32_t c = 0; c < p->columns; ++c) {
      const int32_t sum = expected_sum(p, r, c);
      const size_t at = (size_t)r * stride + (size_t)c;
      const int32_t want = sums != NULL ? sum : expected(p, sum, c);
      const int32_t y = sums != NULL ? sums[at] : got[at];
      if (y != want) {
        test_fail("%dx%d taps %d depth %d at %d,%d: %d, want %d (sum %d, multiplier %d, shift %d)",
                  p->rows, p->columns, p->taps, p->depth, r, c, y, want, sum,
                  p->multipliers[c].multiplier, p->multipliers[c].shift);
        return;
      }
    }
    for (size_t c = (size_t)p->columns; sums == NULL && c < stride; ++c) {
      if (got[(size_t)r * stride + c] != TEST_POISON) test_fail("wrote between rows");
    }
  }
}

typedef enum form { FORM_TABLE, FORM_DENSE, FORM_SUMS } form;

// How many layers took which way to 8 bits: a test that never takes the fast one tests little.
static int requants[LM_Q8_CERTAIN + 1];
static int guards[5];  // 2 or 4

static lm__q8_requant pack(const product* p, const lm__gemm_shape* shape, uint8_t** out_packed,
                           int32_t* out_guard) {
  const lm__q8_weights weights = {
      .data = p->weights,
      .is_signed = p->weights_signed,
      .zero_point = p->weights_zero,
      .bias = p->bias,
      .input_signed = p->input_signed,
      .input_zero_point = p->input_zero,
      .multipliers = p->multipliers,
      .factors = p->factors,
      .output_signed = p->input_signed,
      .output_zero_point = p->output_zero,
      .output_min = p->min,
      .output_max = p->max,
  };
  size_t panel_bytes, bytes;
  if (!lm__q8_gemm_packed_bytes(p->uk, shape, &panel_bytes, &bytes)) test_fail("size");
  *out_packed = test_input(bytes, 0);
  memset(*out_packed, 0, bytes);
  *out_guard = lm__q8_gemm_guard(shape, &weights);
  return lm__q8_gemm_pack(p->uk, shape, &weights, *out_packed);
}

static void run(const product* p, form how) {
  const lm__q8_gemm_uk* uk = p->uk;
  const bool wants_sums = how == FORM_SUMS;
  const lm__gemm_shape shape = {p->columns, p->taps, p->depth, (size_t)(p->taps * p->depth), 1};
  uint8_t* packed;
  int32_t guard;
  const lm__q8_requant requant = pack(p, &shape, &packed, &guard);
  ++requants[requant];
  if (requant != LM_Q8_INTEGER) ++guards[guard];
  size_t row_offsets[64], tap_offsets[9];
  for (int32_t r = 0; r < p->rows; ++r) row_offsets[r] = row_offset(p, r);
  for (int32_t t = 0; t < p->taps; ++t) tap_offsets[t] = (size_t)t * tap_bytes(p);
  const bool is_signed = lm__q8_gemm_is_signed(uk, p->input_signed);
  const uint8_t flip = p->input_signed == is_signed ? 0 : 0x80;
  int32_t row_terms[64];
  fill_row_terms(p, flip, row_terms);
  const int32_t panels = (p->columns + uk->nr - 1) / uk->nr;
  const size_t stride = wants_sums ? (size_t)panels * (size_t)uk->nr : (size_t)p->columns + 3;
  test_output out = test_output_make((size_t)p->rows * stride * (wants_sums ? 4 : 1));
  const bool has_zero = p->weights_zero != (p->weights_signed ? 0 : 128);
  const lm__q8_gemm_args args = {
      .in = {.rows = p->rows,
             .taps = p->taps,
             .depth = p->depth,
             .base = p->a,
             .row_offsets = how == FORM_DENSE ? NULL : row_offsets,
             .row_stride = (size_t)p->depth,
             .tap_offsets = tap_offsets},
      .columns = p->columns,
      .flip = flip,
      .is_signed = is_signed,
      .packed = packed,
      .ahead = {packed, p->rows % 3},
      .row_terms = has_zero ? row_terms : NULL,
      .c = out.data,
      .c_stride = stride,
      .sums = wants_sums ? (int32_t*)(void*)out.data : NULL,
      .factors = p->factors,
      .requant = requant,
      .guard = guard,
      .output_signed = p->input_signed,
      .zero_point = p->output_zero,
      .min = p->min,
      .max = p->max,
  };
  uk->run(&args);
  compare(p, out.data, args.sums, stride);
  if (!test_output_free(&out)) test_fail("wrote out of bounds");
}

// Draws how columns are rescaled: so that results spread over the 8 bits, by any factor at all, by
// powers of two, which meet the thresholds of rounding exactly, and as FULLY_CONNECTED does.
static void draw_multipliers(product* p, bool any, int variant) {
  const bool structural = variant % 5 == 1;
  for (int32_t c = 0; c < p->columns; ++c) {
    const int32_t shift = any ? test_between(-31, 30) : test_between(-14, -4);
    const int32_t q = structural ? 1 << 30 : test_between(1 << 30, INT32_MAX);
    p->multipliers[c] = (lm_multiplier){q, shift};
    if (any && c == 2) p->multipliers[c] = (lm_multiplier){0, 0};
  }
  if (variant % 4 != 3) return;
  p->factors = test_input((size_t)p->columns * sizeof *p->factors, 0);
  for (int32_t c = 0; c < p->columns; ++c) {
    p->factors[c] = ldexp((double)p->multipliers[c].multiplier, p->multipliers[c].shift - 31);
  }
}

// `sums_only_bias`: weights are 0, so that any bias tests the rescaling over the whole range.
static void check_rows(const lm__q8_gemm_uk* uk, int32_t rows, int32_t run_rows, int32_t gap,
                       int32_t columns, int32_t taps, int32_t depth, fill f, int variant,
                       bool sums_only_bias) {
  product p = {.uk = uk, .rows = rows, .columns = columns, .taps = taps, .depth = depth};
  p.run = run_rows;
  p.gap = gap;
  p.input_signed = variant % 2 == 0;
  p.weights_signed = variant / 2 % 2 == 0;
  static const int32_t zeros[] = {0, 128, 255, 131};
  p.input_zero = zeros[variant % 4] - (p.input_signed ? 128 : 0);
  p.weights_zero = p.weights_signed ? (variant / 4 % 2) * 3 : zeros[variant / 4 % 4];
  if (sums_only_bias) p.weights_zero = p.weights_signed ? 0 : 128;
  const size_t k = (size_t)(taps * depth);
  const size_t bytes = (size_t)taps * tap_bytes(&p);
  p.a = test_input(bytes, LM_TAIL_BYTES);
  p.weights = test_input((size_t)columns * k, 0);
  p.bias = test_input((size_t)columns * sizeof *p.bias, 0);
  p.multipliers = test_input((size_t)columns * sizeof *p.multipliers, 0);
  for (size_t i = 0; i < bytes; ++i) p.a[i] = fill_byte(f, p.input_signed);
  for (size_t i = 0; i < (size_t)columns * k; ++i) {
    p.weights[i] = fill_byte(f, p.weights_signed);
    if (sums_only_bias) p.weights[i] = (uint8_t)p.weights_zero;
  }
  for (int32_t c = 0; c < columns; ++c) {
    p.bias[c] = sums_only_bias ? (int32_t)test_random() : test_between(-100000, 100000);
    if (sums_only_bias && c == 0) p.bias[c] = INT32_MAX;
    if (sums_only_bias && c == 1) p.bias[c] = INT32_MIN;
  }
  draw_multipliers(&p, sums_only_bias, variant);
  const bool output_signed = p.input_signed;
  p.output_zero = test_between(0, 255) - (output_signed ? 128 : 0);
  p.min = output_signed ? -128 : 0;
  p.max = p.min + 255;
  if (variant % 3 == 0) {  // a fused activation
    p.min = p.output_zero;
    p.max = p.min + (p.max - p.min) / 2;
  }
  run(&p, FORM_TABLE);
  run(&p, FORM_SUMS);
  if (gap == 0) run(&p, FORM_DENSE);
  test_free_inputs();
}

static void check(const lm__q8_gemm_uk* uk, int32_t rows, int32_t columns, int32_t taps,
                  int32_t depth, fill f, int variant, bool sums_only_bias) {
  check_rows(uk, rows, rows, 0, columns, taps, depth, f, variant, sums_only_bias);
}

// Sums one apart around every threshold of rounding: what a guard that is too narrow gets wrong.
static void check_thresholds(const lm__q8_gemm_uk* uk, int variant) {
  enum { COLUMNS = 480 };
  // Those of short rows do whole tiles only, and of fewer columns more are certain all together.
  const int32_t rows = uk->is_short ? uk->mr : 1, columns = uk->is_short ? 40 : COLUMNS;
  product p = {.uk = uk, .rows = rows, .columns = columns, .taps = 1, .depth = 1, .run = rows};
  p.input_signed = variant % 2 == 0;
  p.weights_signed = true;
  p.a = test_input((size_t)rows, LM_TAIL_BYTES);
  p.weights = test_input(COLUMNS, 0);
  p.bias = test_input(COLUMNS * sizeof *p.bias, 0);
  p.multipliers = test_input(COLUMNS * sizeof *p.multipliers, 0);
  memset(p.weights, 0, COLUMNS);
  const int32_t shift = test_between(-15, 0);
  draw_multipliers(&p, false, variant);
  for (int32_t c = 0; c < columns; ++c) {
    if (p.factors == NULL) p.multipliers[c].shift = shift;
    const double factor =
        p.factors != NULL ? p.factors[c] : ldexp(p.multipliers[c].multiplier, shift - 31);
    const double threshold = test_between(-256, 255) + 0.5;
    p.bias[c] = (int32_t)(threshold / factor) + test_between(-1, 1);
  }
  p.output_zero = test_between(0, 255) - (p.input_signed ? 128 : 0);
  p.min = variant / 2 % 2 == 0 ? p.output_zero : p.input_signed ? -128 : 0;
  p.max = p.input_signed ? 127 : 255;
  if (variant / 4 % 2 == 0) p.output_zero = p.min = p.input_signed ? -128 : 0;
  run(&p, FORM_TABLE);
  test_free_inputs();
}

// Images: rows of pixels with what pads them between, in multiples of a pixel or not.
static void check_images(const lm__q8_gemm_uk* uk) {
  static const int32_t widths[] = {1, 3, 7, 14, 17, 28, 50};
  int variant = 0;
  for (size_t w = 0; w < sizeof widths / sizeof widths[0]; ++w) {
    for (int32_t rows = 1; rows <= 64; rows += 9, ++variant) {
      static const int32_t depths[] = {5, 64, 130};
      const int32_t depth = depths[variant % 3];
      const int32_t gap = variant % 4 == 3 ? depth / 2 + 1 : depth * (1 + variant % 4 * 2);
      check_rows(uk, rows, widths[w], gap, uk->nr + 5, 1 + 2 * (variant % 2), depth, FILL_RANDOM,
                 variant % 16, false);
    }
  }
}

static void check_kernel(const lm__q8_gemm_uk* uk) {
  static const int32_t depths[] = {1, 2, 3, 4, 5, 7, 16, 31, 67, 10, 30};
  const int32_t columns[] = {1, uk->nr - 1, uk->nr, uk->nr + 1, 2 * uk->nr + 3, 13};
  int variant = 0;
  for (int32_t rows = 1; rows <= uk->mr + 1; ++rows) {
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; ++c) {
      for (size_t d = 0; d < sizeof depths / sizeof depths[0]; ++d, ++variant) {
        if (columns[c] < 1) continue;
        check(uk, rows, columns[c], 1 + 2 * (int32_t)(d % 2), depths[d], FILL_RANDOM, variant % 16,
              false);
      }
    }
  }
  for (variant = 0; variant < 16; ++variant) {
    check(uk, uk->mr, uk->nr, 9, 515, FILL_MAX, variant, false);
    check(uk, uk->mr, uk->nr, 9, 515, FILL_MIN, variant, false);
  }
  for (int repeat = 0; repeat < 200; ++repeat) {
    check(uk, 1, 4 * uk->nr, 1, 1, FILL_RANDOM, repeat % 16, true);
  }
  for (variant = 0; variant < 16; ++variant) {
    const int32_t rows = 5 * uk->mr + 3 < 63 ? 5 * uk->mr + 3 : 63;
    check(uk, rows, uk->nr + 5, 1, 13, FILL_RANDOM, variant, false);
  }
  check_images(uk);
  for (int repeat = 0; repeat < 2000; ++repeat) check_thresholds(uk, repeat % 64);
  if (uk->order != LM_Q8_PLAIN &&
      (requants[LM_Q8_FIXED] == 0 || requants[LM_Q8_FIXED_AT_ZERO] == 0 || guards[2] == 0 ||
       guards[4] == 0)) {
    test_fail("no layer was rescaled in fixed point, or none by one of the guards");
  }
  if (uk->is_short && requants[LM_Q8_CERTAIN] == 0) test_fail("no layer needed no guard");
}

#ifdef LM_TEST_AMX_EMULATED
void lm__uk_q8_gemm_16x64c64__amxint8_emulated(const lm__q8_gemm_args* args);
void lm__uk_q8_gemm_32x32c64__amxint8_emulated(const lm__q8_gemm_args* args);
static const lm__q8_gemm_uk emulated[] = {
    {LM_CPU_AVX512, 16, 64, 64, false, true, LM_Q8_PAIRS, false,
     lm__uk_q8_gemm_16x64c64__amxint8_emulated, "q8_gemm_16x64c64__amxint8, tiles emulated"},
    {LM_CPU_AVX512, 32, 32, 64, false, true, LM_Q8_PAIRS, false,
     lm__uk_q8_gemm_32x32c64__amxint8_emulated, "q8_gemm_32x32c64__amxint8, tiles emulated"},
};
#endif

void test_q8_gemm(void) {
  for (int32_t i = 0; i < lm__q8_gemm_uk_count; ++i) {
    const lm__q8_gemm_uk* uk = &lm__q8_gemm_uks[i];
    if (test_begin(uk->name, uk->isa)) check_kernel(uk);
  }
#ifdef LM_TEST_AMX_EMULATED
  for (size_t i = 0; i < sizeof emulated / sizeof emulated[0]; ++i) {
    if (test_begin(emulated[i].name, emulated[i].isa)) check_kernel(&emulated[i]);
  }
#endif
}
