// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "litmark/allocator.h"

#include "kernel_test.h"
#include "packing.h"

#define MAX_TAPS 49

static const int32_t kTaps[] = {1, 2, 3, 9, 10, 25, 49};
static const int32_t kPixels[] = {1, 2, 3, 4, 5, 8};

// Taps start anywhere in the input, as taps of a window do; all pixels stay inside.
static size_t tap_offset(int32_t tap, int32_t channels) {
  return (size_t)(tap * 7 % 5) * (size_t)channels + (size_t)tap % 3;
}

static size_t input_elements(int32_t pixels, int32_t channels, size_t stride) {
  return (size_t)(pixels - 1) * stride + 4 * (size_t)channels + 2 + (size_t)channels;
}

static void check_f32(const lm__f32_dw_uk* uk, int32_t pixels, int32_t channels, int32_t taps,
                      int32_t stride_factor) {
  const size_t stride = (size_t)channels * (size_t)stride_factor;
  const size_t count = input_elements(pixels, channels, stride);
  float* in = test_input(count * sizeof *in, LM_TAIL_BYTES);
  float* weights = test_input((size_t)taps * (size_t)channels * sizeof *weights, 0);
  float* bias = test_input((size_t)channels * sizeof *bias, 0);
  for (size_t i = 0; i < count; ++i) in[i] = test_unit();
  for (size_t i = 0; i < (size_t)taps * (size_t)channels; ++i) weights[i] = test_unit();
  for (int32_t i = 0; i < channels; ++i) bias[i] = test_unit();
  size_t block_bytes, bytes;
  if (!lm__f32_dw_packed_bytes(uk, taps, channels, &block_bytes, &bytes)) test_fail("size");
  float* packed = test_input(bytes, 0);
  memset(packed, 0, bytes);
  lm__f32_dw_pack(uk, taps, channels, weights, bias, packed);
  const void* table[MAX_TAPS];
  for (int32_t t = 0; t < taps; ++t) table[t] = in + tap_offset(t, channels);

  const size_t out_stride = (size_t)channels + 1;
  test_output out = test_output_make((size_t)pixels * out_stride * sizeof(float));
  const float min = -0.75f, max = 1.5f;
  float* got = (float*)(void*)out.data;
  const lm__f32_dw_args args = {pixels, channels, taps,       table, stride,
                                packed, got,      out_stride, min,   max};
  uk->run(&args);
  for (int32_t p = 0; p < pixels; ++p) {
    for (int32_t c = 0; c < channels; ++c) {
      float want = 0.0f;
      for (int32_t t = 0; t < taps; ++t) {
        want += ((const float*)table[t])[(size_t)p * stride + c] *
                weights[(size_t)t * (size_t)channels + c];
      }
      want += bias[c];
      want = want < min ? min : want > max ? max : want;
      const float y = got[(size_t)p * out_stride + c];
      if (uk->exact ? y != want : !(fabsf(y - want) <= (float)(taps + 2) * 1e-6f)) {
        test_fail("%d pixels, %d channels, %d taps at %d,%d: %.9g, want %.9g", pixels, channels,
                  taps, p, c, (double)y, (double)want);
        p = pixels;
        break;
      }
    }
  }
  if (!test_output_free(&out)) test_fail("wrote out of bounds");
  test_free_inputs();
}

void test_f32_dw(void) {
  for (int32_t i = 0; i < lm__f32_dw_uk_count; ++i) {
    const lm__f32_dw_uk* uk = &lm__f32_dw_uks[i];
    if (!test_begin(uk->name, uk->isa)) continue;
    const int32_t channels[] = {1, uk->nr - 1, uk->nr, uk->nr + 1, 3 * uk->nr + 5, 67};
    for (size_t c = 0; c < sizeof channels / sizeof channels[0]; ++c) {
      for (size_t t = 0; channels[c] > 0 && t < sizeof kTaps / sizeof kTaps[0]; ++t) {
        for (size_t p = 0; p < sizeof kPixels / sizeof kPixels[0]; ++p) {
          check_f32(uk, kPixels[p], channels[c], kTaps[t], 1 + (int32_t)p % 2);
        }
      }
    }
  }
}

typedef struct q8_case {
  const lm__q8_dw_uk* uk;
  int32_t pixels, channels, taps;
  bool is_signed, weights_signed;
  int32_t input_zero, weights_zero, output_zero;
  size_t stride;
  const void* table[MAX_TAPS];
  const uint8_t* weights;
  const int32_t* bias;
  const lm_multiplier* multipliers;
  int32_t min, max;
} q8_case;

static int32_t value_of(uint8_t byte, bool is_signed) { return is_signed ? (int8_t)byte : byte; }

static uint8_t expected_q8(const q8_case* k, int32_t pixel, int32_t c) {
  uint32_t sum = (uint32_t)k->bias[c];
  for (int32_t t = 0; t < k->taps; ++t) {
    const uint8_t x = ((const uint8_t*)k->table[t])[(size_t)pixel * k->stride + (size_t)c];
    const uint8_t w = k->weights[(size_t)t * (size_t)k->channels + (size_t)c];
    sum += (uint32_t)((value_of(x, k->is_signed) - k->input_zero) *
                      (value_of(w, k->weights_signed) - k->weights_zero));
  }
  const int64_t y = (int64_t)lm_multiply((int32_t)sum, k->multipliers[c]) + k->output_zero;
  return (uint8_t)(y < k->min ? k->min : y > k->max ? k->max : y);
}

static void run_q8(const q8_case* k) {
  const lm__q8_weights weights = {
      .data = k->weights,
      .is_signed = k->weights_signed,
      .zero_point = k->weights_zero,
      .bias = k->bias,
      .input_signed = k->is_signed,
      .input_zero_point = k->input_zero,
      .multipliers = k->multipliers,
  };
  size_t block_bytes, bytes;
  if (!lm__q8_dw_packed_bytes(k->uk, k->taps, k->channels, &block_bytes, &bytes)) test_fail("size");
  uint8_t* packed = test_input(bytes, 0);
  memset(packed, 0, bytes);
  lm__q8_dw_pack(k->uk, k->taps, k->channels, &weights, packed);
  const size_t out_stride = (size_t)k->channels + 1;
  test_output out = test_output_make((size_t)k->pixels * out_stride);
  const lm__q8_dw_args args = {
      .pixels = k->pixels,
      .channels = k->channels,
      .taps = k->taps,
      .in = k->table,
      .in_stride = k->stride,
      .is_signed = k->is_signed,
      .packed = packed,
      .out = out.data,
      .out_stride = out_stride,
      .zero_point = k->output_zero,
      .min = k->min,
      .max = k->max,
  };
  k->uk->run(&args);
  for (int32_t p = 0; p < k->pixels; ++p) {
    for (int32_t c = 0; c < k->channels; ++c) {
      const int32_t want = expected_q8(k, p, c), y = out.data[(size_t)p * out_stride + (size_t)c];
      if (y != want) {
        test_fail("%d pixels, %d channels, %d taps at %d,%d: %d, want %d", k->pixels, k->channels,
                  k->taps, p, c, y, want);
        p = k->pixels;
        break;
      }
    }
  }
  if (!test_output_free(&out)) test_fail("wrote out of bounds");
}

static void check_q8(const lm__q8_dw_uk* uk, int32_t pixels, int32_t channels, int32_t taps,
                     int variant) {
  q8_case k = {.uk = uk, .pixels = pixels, .channels = channels, .taps = taps};
  k.is_signed = variant % 2 == 0;
  k.weights_signed = variant / 2 % 2 == 0;
  k.input_zero = (variant * 37 % 256) - (k.is_signed ? 128 : 0);
  k.weights_zero = k.weights_signed ? 0 : variant * 91 % 256;
  k.output_zero = (variant * 53 % 256) - (k.is_signed ? 128 : 0);
  k.min = k.is_signed ? -128 : 0;
  k.max = k.min + 255;
  if (variant % 3 == 0) k.min = k.output_zero;
  k.stride = (size_t)channels * (size_t)(1 + variant % 2);
  const int extreme = variant % 5;  // 1: all highest, 2: all lowest, else random
  const size_t count = input_elements(pixels, channels, k.stride);
  const size_t weight_count = (size_t)taps * (size_t)channels;
  uint8_t* in = test_input(count, LM_TAIL_BYTES);
  uint8_t* weights = test_input(weight_count, 0);
  int32_t* bias = test_input((size_t)channels * sizeof *bias, 0);
  lm_multiplier* multipliers = test_input((size_t)channels * sizeof *multipliers, 0);
  const uint8_t in_high = k.is_signed ? 127 : 255, w_high = k.weights_signed ? 127 : 255;
  for (size_t i = 0; i < count; ++i) {
    in[i] = extreme == 1 ? in_high : extreme == 2 ? (uint8_t)(in_high + 1) : (uint8_t)test_random();
  }
  for (size_t i = 0; i < weight_count; ++i) {
    weights[i] = extreme == 1   ? w_high
                 : extreme == 2 ? (uint8_t)(w_high + 1)
                                : (uint8_t)test_random();
  }
  for (int32_t c = 0; c < channels; ++c) {
    bias[c] = variant % 7 == 0 ? (int32_t)test_random() : test_between(-20000, 20000);
    multipliers[c] = (lm_multiplier){test_between(1 << 30, INT32_MAX), test_between(-12, 1)};
  }
  k.weights = weights;
  k.bias = bias;
  k.multipliers = multipliers;
  for (int32_t t = 0; t < taps; ++t) k.table[t] = in + tap_offset(t, channels);
  run_q8(&k);
  test_free_inputs();
}

void test_q8_dw(void) {
  for (int32_t i = 0; i < lm__q8_dw_uk_count; ++i) {
    const lm__q8_dw_uk* uk = &lm__q8_dw_uks[i];
    if (!test_begin(uk->name, uk->isa)) continue;
    const int32_t channels[] = {1, uk->nr - 1, uk->nr, uk->nr + 1, 3 * uk->nr + 5, 67};
    int variant = 0;
    for (size_t c = 0; c < sizeof channels / sizeof channels[0]; ++c) {
      for (size_t t = 0; channels[c] > 0 && t < sizeof kTaps / sizeof kTaps[0]; ++t) {
        for (size_t p = 0; p < sizeof kPixels / sizeof kPixels[0]; ++p) {
          for (int repeat = 0; repeat < 4; ++repeat) {
            check_q8(uk, kPixels[p], channels[c], kTaps[t], variant++);
          }
        }
      }
    }
  }
}
