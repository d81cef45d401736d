// SPDX-License-Identifier: MIT
//
// Pooling, by windows and by rows of outputs.
#include <stdlib.h>
#include <string.h>

#include "litmark/allocator.h"

#include "kernel_test.h"
#include "kernels.h"

static int32_t value_of(uint8_t byte, bool is_signed) { return is_signed ? (int8_t)byte : byte; }

typedef struct pool_case {
  lm__pool_args args;
  bool is_float, is_max;
} pool_case;

static double expected_pool(const pool_case* k, int32_t c) {
  double best = -1e300, sum = 0;
  float float_sum = 0.0f;
  for (int32_t t = 0; t < k->args.taps; ++t) {
    const double x = k->is_float ? (double)((const float*)k->args.in[t])[c]
                                 : value_of(((const uint8_t*)k->args.in[t])[c], k->args.is_signed);
    best = x > best ? x : best;
    sum += x;
    float_sum += (float)x;
  }
  double y = best;
  if (!k->is_max) {
    const int32_t n = k->args.taps, total = (int32_t)sum;
    y = k->is_float ? (double)(float_sum / (float)n)
                    : (total > 0 ? total + n / 2 : total - n / 2) / n;
  }
  const double low = k->is_float ? (double)k->args.min : k->args.qmin;
  const double high = k->is_float ? (double)k->args.max : k->args.qmax;
  return y < low ? low : y > high ? high : y;
}

static void check_pool(const lm__pool_uk* uk, int32_t taps, int32_t channels, int variant) {
  const bool is_float = variant % 3 == 0;
  pool_case k = {.is_float = is_float, .is_max = is_float && variant / 3 % 2 == 0};
  const size_t element = k.is_float ? sizeof(float) : 1;
  uint8_t* in = test_input((size_t)taps * (size_t)channels * element, LM_TAIL_BYTES);
  const int extreme = variant % 4;
  for (size_t i = 0; i < (size_t)taps * (size_t)channels; ++i) {
    if (k.is_float) {
      ((float*)(void*)in)[i] = test_unit();
    } else {
      in[i] = extreme == 1 ? 255 : extreme == 2 ? 0x80 : (uint8_t)test_random();
    }
  }
  const void** table = malloc((size_t)taps * sizeof *table);
  if (table == NULL) return;
  for (int32_t t = 0; t < taps; ++t) table[t] = in + (size_t)t * (size_t)channels * element;
  test_output out = test_output_make((size_t)channels * element);
  k.args = (lm__pool_args){
      .taps = taps,
      .channels = channels,
      .in = table,
      .out = out.data,
      .min = -0.5f,
      .max = 0.875f,
      .is_signed = variant % 3 == 1,
  };
  k.args.qmin = k.args.is_signed ? -128 : 0;
  k.args.qmax = k.args.qmin + (variant % 2 == 0 ? 255 : 190);
  if (k.is_float) {
    (k.is_max ? uk->f32_max : uk->f32_average)(&k.args);
  } else {
    uk->q8_average(&k.args);
  }
  for (int32_t c = 0; c < channels; ++c) {
    const double want = expected_pool(&k, c);
    const double y = k.is_float ? (double)((const float*)(const void*)out.data)[c]
                                : value_of(out.data[c], k.args.is_signed);
    if (y != want) {
      test_fail("variant %d, %d taps, %d channels at %d: %g, want %g", variant, taps, channels, c,
                y, want);
      break;
    }
  }
  if (!test_output_free(&out)) test_fail("wrote out of bounds");
  free(table);
  test_free_inputs();
}

// A row of outputs.
typedef struct row_case {
  int32_t rows, in_w, filter_w, stride_w, pad_w;
} row_case;

static int32_t expected_pool_row(const lm__pool_row_args* a, bool is_max, int32_t x, int32_t c) {
  int32_t best = -1000, sum = 0, n = 0;
  for (int32_t column = x * a->stride_w - a->pad_w, i = 0; i < a->filter_w; ++i, ++column) {
    if (column < 0 || column >= a->in_w) continue;
    for (int32_t r = 0; r < a->rows; ++r, ++n) {
      const size_t at = (size_t)r * a->row_stride + (size_t)(column * a->channels + c);
      const int32_t value = value_of(a->in[at], a->is_signed);
      best = value > best ? value : best;
      sum += value;
    }
  }
  const int32_t y = is_max ? best : (sum > 0 ? sum + n / 2 : sum - n / 2) / n;
  return y < a->qmin ? a->qmin : y > a->qmax ? a->qmax : y;
}

static void fill_pool_row(uint8_t* in, size_t count, int variant) {
  // Few different values make sums that lie in the middle between two means.
  for (size_t i = 0; i < count; ++i) {
    const uint8_t x = (uint8_t)test_random();
    in[i] = variant == 0 ? x : variant == 1 ? 255 : variant == 2 ? 0x80 : (uint8_t)(126 + x % 4);
  }
}

static void check_pool_row(const row_case* k, int32_t channels, bool is_signed, int variant,
                           bool is_max, void (*run)(const lm__pool_row_args* args)) {
  const size_t row_stride = (size_t)(k->in_w * channels);
  uint8_t* in = test_input((size_t)k->rows * row_stride, LM_TAIL_BYTES);
  fill_pool_row(in, (size_t)k->rows * row_stride, variant);
  const int32_t qmin = (is_signed ? -128 : 0) + (variant == 3 ? 3 : 0);
  const int32_t gap = variant % 2 * 5;
  lm__pool_row_args args = {
      .rows = k->rows,
      .in_w = k->in_w,
      .channels = channels,
      .in = in,
      .row_stride = row_stride,
      .filter_w = k->filter_w,
      .stride_w = k->stride_w,
      .pad_w = k->pad_w,
      .pixels = (k->in_w - 1 + k->pad_w) / k->stride_w + 1,
      .out_stride = (size_t)(channels + gap),
      .is_signed = is_signed,
      .qmin = qmin,
      .qmax = qmin + (variant == 0 ? 200 : 252),
  };
  const size_t out_bytes = (size_t)args.pixels * args.out_stride;
  test_output out = test_output_make(out_bytes);
  memset(out.data, 0x5a, out_bytes);
  args.out = out.data;
  run(&args);
  for (size_t i = 0; i < out_bytes; ++i) {
    const int32_t x = (int32_t)(i / args.out_stride), c = (int32_t)(i % args.out_stride);
    const int32_t y = c < channels ? value_of(out.data[i], is_signed) : out.data[i];
    const int32_t want = c < channels ? expected_pool_row(&args, is_max, x, c) : 0x5a;
    if (y != want) {
      test_fail(
          "%s of %dx%d from %d columns, %d channels, variant %d, pixel %d channel %d: %d, "
          "want %d",
          is_max ? "max" : "mean", k->rows, k->filter_w, k->in_w, channels, variant, x, c, y, want);
      break;
    }
  }
  if (!test_output_free(&out)) test_fail("wrote out of bounds");
  test_free_inputs();
}

static void check_pool_rows(const lm__pool_uk* uk) {
  static const row_case cases[] = {{1, 1, 1, 1, 0}, {1, 7, 11, 1, 5}, {11, 3, 1, 1, 0},
                                   {2, 9, 2, 1, 0}, {2, 5, 5, 1, 4},  {3, 8, 3, 1, 1},
                                   {2, 8, 3, 1, 1}, {1, 1, 9, 1, 3},  {3, 17, 3, 2, 0},
                                   {1, 6, 2, 3, 1}, {4, 7, 4, 2, 1}};
  static const int32_t channels[] = {1, 3, 16, 17, 31, 64, 65, 130};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    const row_case* k = &cases[i];
    for (size_t c = 0; c < sizeof channels / sizeof channels[0]; ++c) {
      for (int variant = 0; variant < 8; ++variant) {
        const bool is_signed = variant >= 4;
        check_pool_row(k, channels[c], is_signed, variant % 4, true, uk->q8_max_row);
        if (uk->q8_average_row == NULL || k->stride_w != 1) continue;
        check_pool_row(k, channels[c], is_signed, variant % 4, false, uk->q8_average_row);
      }
    }
  }
}

void test_pool(void) {
  static const int32_t taps[] = {1, 2, 3, 4, 9, 49, 64, 255, 256, 257, 1000};
  static const int32_t channels[] = {1, 3, 4, 5, 15, 16, 17, 63, 64, 65, 130, 257};
  for (int32_t i = 0; i < lm__pool_uk_count; ++i) {
    const lm__pool_uk* uk = lm__pool_uks[i];
    if (!test_begin(uk->name, uk->isa)) continue;
    check_pool_rows(uk);
    for (size_t t = 0; t < sizeof taps / sizeof taps[0]; ++t) {
      for (size_t c = 0; c < sizeof channels / sizeof channels[0]; ++c) {
        for (int variant = 0; variant < 24; ++variant) {
          check_pool(uk, taps[t], channels[c], variant);
        }
      }
    }
  }
}
