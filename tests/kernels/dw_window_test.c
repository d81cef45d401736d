// SPDX-License-Identifier: MIT
#include "dw_window.h"

#include <math.h>
#include <string.h>

#include "litmark/allocator.h"

#include "kernel_test.h"

#define MOST_ROWS 32

static const int32_t kColumns[] = {1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 15, 20, 97};

// An image of which `rows_in` rows are seen; those above and below it are pad.
typedef struct image {
  int32_t size, stride;  // of the window
  int32_t columns, in_columns, pad, rows, rows_in;
  int32_t channels;
  size_t pixel;  // elements from pixel to pixel
  const void* in[MOST_ROWS];
} image;

static image image_make(const lm__dw_window* window, int32_t columns, int32_t rows, int32_t rows_in,
                        int32_t channels, int variant) {
  image k = {.size = window->size, .stride = window->stride, .columns = columns};
  k.pad = variant % k.size;
  // As few columns of the image as the last window can begin in, or all that it needs and more.
  const int32_t reach = (columns - 1) * k.stride + k.size - k.pad;
  k.in_columns = reach - variant / 3 % (k.size + 1);
  if (k.in_columns < 1) k.in_columns = 1;
  k.rows = rows;
  k.rows_in = rows_in;
  k.channels = channels;
  k.pixel = (size_t)channels + (variant % 2 == 0 ? 0 : 3);
  return k;
}

// Rows of `element` bytes each, of which the first or last may be pad.
static size_t image_rows(image* k, const uint8_t* data, size_t element, int variant) {
  const size_t row = (size_t)k->in_columns * k->pixel * element;
  size_t count = 0;
  for (int32_t i = 0; i < k->rows_in; ++i) {
    const bool is_pad = (variant % 5 == 0 && i == 0) || (variant % 7 == 0 && i == k->rows_in - 1);
    k->in[i] = is_pad ? NULL : data + count * row;
    if (!is_pad) ++count;
  }
  return count;
}

static size_t output_elements(const image* k, size_t out_row) {
  return (size_t)(k->rows - 1) * out_row + (size_t)(k->columns - 1) * k->pixel +
         (size_t)k->channels;
}

// ---- 8-bit data

typedef struct q8_case {
  image k;
  bool is_signed, weights_signed;
  const uint8_t* weights;
  const int32_t* bias;
  const lm_multiplier* multipliers;
  int32_t input_zero, weights_zero, output_zero, min, max;
} q8_case;

static int32_t value_of(uint8_t byte, bool is_signed) { return is_signed ? (int8_t)byte : byte; }

static uint8_t expected_q8(const q8_case* q, int32_t row, int32_t column, int32_t c) {
  const image* k = &q->k;
  int32_t sum = q->bias[c];
  for (int32_t t = 0; t < k->size * k->size; ++t) {
    const uint8_t* in = k->in[row * k->stride + t / k->size];
    const int32_t x = column * k->stride - k->pad + t % k->size;
    if (in == NULL || x < 0 || x >= k->in_columns) continue;
    const uint8_t a = in[(size_t)x * k->pixel + (size_t)c];
    const uint8_t w = q->weights[(size_t)t * (size_t)k->channels + (size_t)c];
    sum += (value_of(a, q->is_signed) - q->input_zero) *
           (value_of(w, q->weights_signed) - q->weights_zero);
  }
  const int64_t y = (int64_t)lm_multiply(sum, q->multipliers[c]) + q->output_zero;
  return (uint8_t)(y < q->min ? q->min : y > q->max ? q->max : y);
}

// Calls whose first block needed no guard: a test without any tests little.
static int certain_calls;

static void run_q8(const lm__q8_dw_window_uk* uk, const q8_case* q, const lm__q8_weights* weights) {
  const image* k = &q->k;
  size_t block_bytes, bytes;
  if (!lm__q8_dw_window_packed_bytes(uk, k->channels, weights, &block_bytes, &bytes)) {
    test_fail("size");
  }
  uint8_t* packed = test_input(bytes, 0);
  memset(packed, 0, bytes);
  lm__q8_dw_window_pack(uk, k->channels, weights, packed);
  int32_t parts;
  memcpy(&parts, packed + 6 * LM_DW_WINDOW_GROUP * sizeof parts, sizeof parts);
  certain_calls += (parts & LM_DW_WINDOW_CERTAIN) != 0;
  const size_t out_row = (size_t)k->columns * k->pixel + 5;
  test_output out = test_output_make(output_elements(k, out_row));
  test_output scratch = test_output_make(LM_DW_WINDOW_SCRATCH);
  const lm__q8_dw_window_args args = {
      .channels = k->channels,
      .rows = k->rows,
      .columns = k->columns,
      .in_columns = k->in_columns,
      .pad = k->pad,
      .in = k->in,
      .in_stride = k->pixel,
      .out_row_stride = out_row,
      .out = out.data,
      .packed = packed,
      .block_bytes = block_bytes,
      .pad_value = (uint8_t)q->input_zero,
      .is_signed = q->is_signed,
      .at_zero = lm__q8_dw_at_zero(weights),
      .zero_point = q->output_zero,
      .min = q->min,
      .max = q->max,
      .scratch = scratch.data,
  };
  uk->run(&args);
  size_t next = 0;  // bytes between pixels and rows are not written to
  bool intact = true, same = true;
  for (int32_t row = 0; row < k->rows; ++row) {
    for (int32_t x = 0; x < k->columns; ++x) {
      const size_t at = (size_t)row * out_row + (size_t)x * k->pixel;
      for (; next < at; ++next) intact &= out.data[next] == TEST_POISON;
      next = at + (size_t)k->channels;
      for (int32_t c = 0; c < k->channels && same; ++c) {
        const int32_t want = expected_q8(q, row, x, c), y = out.data[at + (size_t)c];
        same = y == want;
        if (!same) {
          test_fail("%d rows, %d columns, %d channels at %d,%d,%d: %d, want %d", k->rows,
                    k->columns, k->channels, row, x, c, y, want);
        }
      }
    }
  }
  intact &= test_output_free(&out);
  intact &= test_output_free(&scratch);
  if (!intact) test_fail("wrote out of bounds");
}

// A multiplier; one in four has so few bits that many results lie exactly between two values.
static lm_multiplier multiplier_of(int variant) {
  if (variant % 4 == 3) return (lm_multiplier){1 << 30, test_between(-8, -5)};
  if (variant % 4 == 2) return (lm_multiplier){3 << 29, test_between(-9, -6)};
  return (lm_multiplier){test_between(1 << 30, INT32_MAX), test_between(-12, -6)};
}

static void check_q8(const lm__q8_dw_window_uk* uk, int32_t columns, int32_t channels, int variant,
                     int* run, int* wide) {
  const int32_t rows = 1 + variant % uk->window.rows_out;
  q8_case q = {
      .k = image_make(&uk->window, columns, rows, uk->window.rows_in, channels, variant),
      .is_signed = variant % 2 == 0,
      .weights_signed = variant / 2 % 2 == 0,
  };
  image* k = &q.k;
  q.input_zero = (variant * 37 % 256) - (q.is_signed ? 128 : 0);
  q.weights_zero = q.weights_signed ? 0 : variant % 3 == 0 ? 128 : 60 + variant * 91 % 120;
  q.output_zero = (variant * 53 % 256) - (q.is_signed ? 128 : 0);
  q.min = q.is_signed ? -128 : 0;
  q.max = q.min + 255;
  if (variant % 3 == 0) q.min = q.output_zero;
  if (variant % 6 == 0 && q.min + 100 < q.max) q.max = q.min + 100;
  if (variant % 5 < 2) {  // as behind a ReLU6
    q.output_zero = q.min = q.is_signed ? -128 : 0;
    q.max = q.min + 255;
  }
  const int extreme = variant % 11;  // 1: all highest, 2: all lowest, else random
  const size_t pixels = (size_t)k->rows_in * (size_t)k->in_columns * k->pixel;
  const size_t weight_count = (size_t)(k->size * k->size) * (size_t)channels;
  uint8_t* in = test_input(pixels, LM_TAIL_BYTES);
  uint8_t* weights = test_input(weight_count, 0);
  int32_t* bias = test_input((size_t)channels * sizeof *bias, 0);
  lm_multiplier* multipliers = test_input((size_t)channels * sizeof *multipliers, 0);
  const uint8_t in_high = q.is_signed ? 127 : 255, w_high = q.weights_signed ? 127 : 255;
  for (size_t i = 0; i < pixels; ++i) {
    in[i] = extreme == 1 ? in_high : extreme == 2 ? (uint8_t)(in_high + 1) : (uint8_t)test_random();
  }
  for (size_t i = 0; i < weight_count; ++i) {
    weights[i] = extreme == 1   ? w_high
                 : extreme == 2 ? (uint8_t)(w_high + 1)
                                : (uint8_t)test_random();
  }
  for (int32_t c = 0; c < channels; ++c) {
    bias[c] = test_between(-20000, 20000);
    multipliers[c] = multiplier_of(variant);
  }
  q.weights = weights;
  q.bias = bias;
  q.multipliers = multipliers;
  // The rows end where memory does.
  const size_t row = (size_t)k->in_columns * k->pixel;
  const size_t kept = image_rows(k, in, 1, variant);
  image_rows(k, in + ((size_t)k->rows_in - kept) * row, 1, variant);
  const lm__q8_weights w = {
      .data = weights,
      .is_signed = q.weights_signed,
      .zero_point = q.weights_zero,
      .bias = bias,
      .input_signed = q.is_signed,
      .input_zero_point = q.input_zero,
      .multipliers = multipliers,
      .output_signed = q.is_signed,
      .output_zero_point = q.output_zero,
      .output_min = q.min,
      .output_max = q.max,
  };
  // What a layer of few bits would not take for its slowness has to be right all the same.
  bool fits = lm__q8_dw_window_fits(uk, channels, &w) || variant % 4 >= 2;
  for (int32_t c = 0; c < channels && fits; ++c) {
    fits = ldexp(multipliers[c].multiplier, multipliers[c].shift - 31) *
               (k->size * k->size * 255.0 * 195.0 + 20000.0) <
           32000.0;
    *wide += !fits;
  }
  if (fits) {
    ++*run;
    run_q8(uk, &q, &w);
  }
  test_free_inputs();
}

// Layers that the kernels must not be given.
static void check_fits(const lm__q8_dw_window_uk* uk) {
  uint8_t data[25 * 2];
  memset(data, 3, sizeof data);
  int32_t bias[2] = {100, 100};
  lm_multiplier multipliers[2] = {{1234567891, -5}, {1987654321, -6}};
  lm__q8_weights w = {
      .data = data,
      .is_signed = true,
      .bias = bias,
      .input_signed = true,
      .multipliers = multipliers,
      .output_signed = true,
      .output_min = -128,
  };
  if (!lm__q8_dw_window_fits(uk, 2, &w)) test_fail("a plain layer does not fit");
  multipliers[1] = (lm_multiplier){1 << 30, -3};
  if (lm__q8_dw_window_fits(uk, 2, &w)) test_fail("a power of two fits");
  multipliers[1] = (lm_multiplier){1987654321, -6};
  bias[1] = INT32_MAX;
  if (lm__q8_dw_window_fits(uk, 2, &w)) test_fail("sums that wrap fit");
  bias[1] = 100 << 20;
  if (lm__q8_dw_window_fits(uk, 2, &w)) test_fail("results beyond 16 bits fit");
  bias[1] = -100;
  multipliers[1].shift = 24;
  if (lm__q8_dw_window_fits(uk, 2, &w)) test_fail("shifts that wrap fit");
  multipliers[1].shift = -6;
  w.is_signed = false;
  data[1] = 255;
  if (lm__q8_dw_window_fits(uk, 2, &w)) test_fail("a weight of 255 fits");
}

void test_q8_dw_window(void) {
  for (int32_t i = 0; i < lm__q8_dw_window_uk_count; ++i) {
    const lm__q8_dw_window_uk* uk = &lm__q8_dw_window_uks[i];
    if (!test_begin(uk->name, uk->isa)) continue;
    check_fits(uk);
    const int32_t channels[] = {1, 8, 15, 16, 17, 40, 63, 64, 72, 112, 144};
    certain_calls = 0;
    int variant = 0, run = 0, wide = 0;
    for (size_t c = 0; c < sizeof channels / sizeof channels[0]; ++c) {
      for (size_t x = 0; x < sizeof kColumns / sizeof kColumns[0]; ++x) {
        for (int repeat = 0; repeat < 12; ++repeat) {
          check_q8(uk, kColumns[x], channels[c], variant++, &run, &wide);
        }
      }
    }
    if (run < variant / 2)
      test_fail("only %d of %d cases were run, %d too wide", run, variant, wide);
    if (certain_calls == 0) test_fail("no block needed no guard");
  }
}

// ---- floats

static float expected_f32(const image* k, const float* weights, const float* bias, int32_t row,
                          int32_t column, int32_t c) {
  float sum = 0.0f;
  for (int32_t t = 0; t < k->size * k->size; ++t) {
    const float* in = k->in[row * k->stride + t / k->size];
    const int32_t x = column * k->stride - k->pad + t % k->size;
    if (in == NULL || x < 0 || x >= k->in_columns) continue;
    sum +=
        in[(size_t)x * k->pixel + (size_t)c] * weights[(size_t)t * (size_t)k->channels + (size_t)c];
  }
  return sum + bias[c];
}

static void check_f32(const lm__f32_dw_window_uk* uk, int32_t columns, int32_t channels,
                      int variant) {
  const int32_t rows = 1 + variant % 8;  // several calls of one, two and three together
  image k = image_make(&uk->window, columns, rows, (rows - 1) * uk->window.stride + uk->window.size,
                       channels, variant);
  const size_t taps = (size_t)(k.size * k.size), row = (size_t)k.in_columns * k.pixel;
  float* in = test_input((size_t)k.rows_in * row * sizeof *in, LM_TAIL_BYTES);
  float* weights = test_input(taps * (size_t)channels * sizeof *weights, 0);
  float* bias = test_input((size_t)channels * sizeof *bias, 0);
  for (size_t i = 0; i < (size_t)k.rows_in * row; ++i) in[i] = test_unit();
  for (size_t i = 0; i < taps * (size_t)channels; ++i) weights[i] = test_unit();
  for (int32_t i = 0; i < channels; ++i) bias[i] = test_unit();
  const size_t kept = image_rows(&k, (const uint8_t*)in, sizeof *in, variant);
  image_rows(&k, (const uint8_t*)(in + ((size_t)k.rows_in - kept) * row), sizeof *in, variant);

  const lm__f32_dw_uk packing = lm__f32_dw_window_packing(uk);
  size_t block_bytes, bytes;
  if (!lm__f32_dw_packed_bytes(&packing, (int32_t)taps, channels, &block_bytes, &bytes)) {
    test_fail("size");
  }
  float* packed = test_input(bytes, 0);
  memset(packed, 0, bytes);
  lm__f32_dw_pack(&packing, (int32_t)taps, channels, weights, bias, packed);
  const size_t out_row = (size_t)k.columns * k.pixel + 5;
  test_output out = test_output_make(output_elements(&k, out_row) * sizeof(float));
  const float min = -0.75f, max = 1.5f;
  const float* got = (const float*)(const void*)out.data;
  const lm__f32_dw_window_args args = {
      .channels = channels,
      .rows = rows,
      .columns = columns,
      .in_columns = k.in_columns,
      .pad = k.pad,
      .in = k.in,
      .in_stride = k.pixel,
      .out_row_stride = out_row,
      .out = (float*)(void*)out.data,
      .packed = packed,
      .min = min,
      .max = max,
  };
  uk->run(&args);
  bool same = true;
  for (int32_t i = 0; i < rows * columns * channels && same; ++i) {
    const int32_t c = i % channels, x = i / channels % columns, y = i / channels / columns;
    float want = expected_f32(&k, weights, bias, y, x, c);
    want = want < min ? min : want > max ? max : want;
    const float value = got[(size_t)y * out_row + (size_t)x * k.pixel + (size_t)c];
    same = uk->exact ? value == want : fabsf(value - want) <= (float)(taps + 2) * 1e-6f;
    if (!same) {
      test_fail("%d rows, %d columns, %d channels at %d,%d,%d: %.9g, want %.9g", rows, columns,
                channels, y, x, c, (double)value, (double)want);
    }
  }
  uint32_t poison;
  memset(&poison, TEST_POISON, sizeof poison);
  const size_t gap = (size_t)columns * k.pixel;  // between rows
  bool intact = rows == 1 || memcmp(&got[gap], &poison, sizeof poison) == 0;
  intact &= k.pixel == (size_t)channels || columns == 1 ||
            memcmp(&got[channels], &poison, sizeof poison) == 0;
  intact &= test_output_free(&out);
  if (!intact) test_fail("wrote out of bounds");
  test_free_inputs();
}

void test_f32_dw_window(void) {
  for (int32_t i = 0; i < lm__f32_dw_window_uk_count; ++i) {
    const lm__f32_dw_window_uk* uk = &lm__f32_dw_window_uks[i];
    if (!test_begin(uk->name, uk->isa)) continue;
    const int32_t channels[] = {1, uk->nr - 1, uk->nr, uk->nr + 1, 67, 32 * uk->nr + 3};
    int variant = 0;
    for (size_t c = 0; c < sizeof channels / sizeof channels[0]; ++c) {
      for (size_t x = 0; x + 1 < sizeof kColumns / sizeof kColumns[0]; ++x) {
        for (int repeat = 0; repeat < 3; ++repeat) {
          check_f32(uk, kColumns[x], channels[c], variant++);
        }
      }
    }
  }
}
