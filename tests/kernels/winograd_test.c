// SPDX-License-Identifier: MIT
#include "cpu_winograd.h"

#include <math.h>
#include <string.h>

#include "kernel_test.h"

#define WINDOW 36

// One 6x6 window of `channels` by one 3x3 filter a channel: what the transforms do, with the
// products between them in double.
typedef struct window {
  const lm__f32_winograd_uk* uk;
  int32_t channels, rows, columns;
  const float* pixels[WINDOW];
  const float* weights;  // [channels][9]
  const float* bias;
  float min, max;
} window;

static double direct(const window* w, int32_t y, int32_t x, int32_t c, double* out_magnitude) {
  double sum = w->bias[c];
  *out_magnitude = fabs(sum);
  // The algorithm adds up the whole window, and its errors with it.
  for (int i = 0; i < WINDOW; ++i) *out_magnitude += fabs((double)w->pixels[i][c]);
  for (int32_t ky = 0; ky < 3; ++ky) {
    for (int32_t kx = 0; kx < 3; ++kx) {
      sum += (double)w->pixels[(y + ky) * 6 + x + kx][c] * w->weights[c * 9 + ky * 3 + kx];
    }
  }
  return sum < w->min ? w->min : sum > w->max ? w->max : sum;
}

static void multiply(const window* w, float* factors, size_t stride) {
  for (int32_t c = 0; c < w->channels; ++c) {
    double weights[9], transformed[WINDOW];
    for (int k = 0; k < 9; ++k) weights[k] = w->weights[c * 9 + k];
    lm__winograd_weights(weights, transformed);
    for (int i = 0; i < WINDOW; ++i) {
      float* at = &factors[(size_t)i * stride + (size_t)c];
      *at = (float)(*at * transformed[i]);
    }
  }
}

static void compare(const window* w, const float* got, size_t row_stride, size_t column_stride) {
  for (int32_t y = 0; y < 4; ++y) {
    for (int32_t x = 0; x < 4; ++x) {
      const float* pixel = got + (size_t)y * row_stride + (size_t)x * column_stride;
      const bool wanted = y < w->rows && x < w->columns;
      for (int32_t c = 0; c < (int32_t)column_stride; ++c) {
        if (wanted && c < w->channels) {
          double magnitude;
          const double want = direct(w, y, x, c, &magnitude);
          if (fabs(pixel[c] - want) <= 2e-6 * magnitude) continue;
          test_fail("%d channels at %d,%d,%d: %.9g, want %.9g", w->channels, y, x, c,
                    (double)pixel[c], want);
          return;
        }
        uint32_t bits;
        memcpy(&bits, &pixel[c], sizeof bits);
        if (bits != TEST_POISON * 0x01010101u) {
          test_fail("%d channels, %dx%d: wrote at %d,%d,%d", w->channels, w->rows, w->columns, y, x,
                    c);
          return;
        }
      }
    }
  }
}

static void check(const lm__f32_winograd_uk* uk, int32_t channels, int32_t rows, int32_t columns,
                  float min, float max) {
  const size_t count = (size_t)channels;
  const size_t whole = (count + (size_t)uk->lanes - 1) / (size_t)uk->lanes * (size_t)uk->lanes;
  window w = {.uk = uk, .channels = channels, .rows = rows, .columns = columns, .min = min};
  w.max = max;
  float* pad = test_input(count * sizeof *pad, LM_TAIL_BYTES);
  for (size_t c = 0; c < count; ++c) pad[c] = 0.0f;
  for (int i = 0; i < WINDOW; ++i) {
    w.pixels[i] = pad;
    if (i % 7 == 3) continue;
    float* pixel = test_input(count * sizeof *pixel, LM_TAIL_BYTES);
    for (size_t c = 0; c < count; ++c) pixel[c] = test_unit();
    w.pixels[i] = pixel;
  }
  float* weights = test_input(count * 9 * sizeof *weights, 0);
  for (size_t i = 0; i < count * 9; ++i) weights[i] = test_unit();
  float* bias = test_input(count * sizeof *bias, LM_TAIL_BYTES);
  for (size_t c = 0; c < count; ++c) bias[c] = test_unit();
  w.weights = weights;
  w.bias = bias;

  const size_t stride = whole + 16;
  test_output factors = test_output_make(((WINDOW - 1) * stride + whole) * sizeof(float));
  const lm__f32_winograd_input_args input = {channels, (const void* const*)w.pixels,
                                             (float*)(void*)factors.data, stride};
  uk->input(&input);
  multiply(&w, (float*)(void*)factors.data, stride);

  const size_t column_stride = count + 3, row_stride = 4 * column_stride;
  test_output out = test_output_make(4 * row_stride * sizeof(float));
  const lm__f32_winograd_output_args output = {
      .channels = channels,
      .rows = rows,
      .columns = columns,
      .in = (const float*)(const void*)factors.data,
      .in_stride = stride,
      .bias = bias,
      .out = (float*)(void*)out.data,
      .row_stride = row_stride,
      .column_stride = column_stride,
      .min = min,
      .max = max,
  };
  uk->output(&output);
  compare(&w, (const float*)(const void*)out.data, row_stride, column_stride);
  if (!test_output_free(&factors)) test_fail("%d channels: wrote around the factors", channels);
  if (!test_output_free(&out)) test_fail("%d channels: wrote out of bounds", channels);
  test_free_inputs();
}

void test_winograd(void) {
  for (int32_t i = 0; i < lm__f32_winograd_uk_count; ++i) {
    const lm__f32_winograd_uk* uk = lm__f32_winograd_uks[i];
    if (!test_begin(uk->name, uk->isa)) continue;
    const int32_t channels[] = {1, uk->lanes - 1, uk->lanes, uk->lanes + 1, 2 * uk->lanes + 3, 31};
    for (size_t c = 0; c < sizeof channels / sizeof channels[0]; ++c) {
      if (channels[c] < 1) continue;
      for (int32_t rows = 1; rows <= 4; ++rows) {
        for (int32_t columns = 1; columns <= 4; ++columns) {
          check(uk, channels[c], rows, columns, -1e30f, 1e30f);
        }
      }
    }
    check(uk, uk->lanes, 4, 4, 0.0f, 0.5f);
  }
}
