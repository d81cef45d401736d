// SPDX-License-Identifier: MIT
//
// AVERAGE_POOL_2D: the mean of the window's elements inside the image. Integer means round half
// away from zero of the quantized values, so uint8 and int8 round differently at the same real
// value.
#include "ops/pool_util.h"

static const lm_type kTypes[] = {LM_FLOAT32, LM_INT8, LM_UINT8, LM_INT16};

static lm_status average_pool_prepare(lm_op_context* context, lm_error* err) {
  return lm__pool_prepare(context, kTypes, sizeof kTypes / sizeof kTypes[0], err);
}

#define POOL_SUM(name, type, sum_type)                                                       \
  static sum_type name(const lm__pool* p, const type* input, const lm__pool_window* w,       \
                       int32_t c) {                                                          \
    sum_type sum = 0;                                                                        \
    for (int64_t y = w->y0; y < w->y1; ++y) {                                                \
      for (int64_t x = w->x0; x < w->x1; ++x) sum += input[lm__pool_offset(p, w, y, x) + c]; \
    }                                                                                        \
    return sum;                                                                              \
  }

POOL_SUM(sum_float, float, float)
POOL_SUM(sum_int8, int8_t, int64_t)
POOL_SUM(sum_uint8, uint8_t, int64_t)
POOL_SUM(sum_int16, int16_t, int64_t)

static int64_t window_elements(const lm__pool_window* w) {
  return (w->y1 - w->y0) * (w->x1 - w->x0);
}

static int32_t mean(const lm__pool* p, int64_t sum, int64_t count) {
  const int64_t half = count / 2;
  return lm__clamp((sum > 0 ? sum + half : sum - half) / count, p->min, p->max);
}

static void float_pixel(const lm__pool* p, const void* input, void* output,
                        const lm__pool_window* w, int64_t at) {
  const float count = (float)window_elements(w);
  for (int32_t c = 0; c < p->channels; ++c) {
    ((float*)output)[at + c] =
        lm__clampf(sum_float(p, input, w, c) / count, p->float_min, p->float_max);
  }
}

#define INTEGER_PIXEL(name, type, sum)                                                           \
  static void name(const lm__pool* p, const void* input, void* output, const lm__pool_window* w, \
                   int64_t at) {                                                                 \
    const int64_t count = window_elements(w);                                                    \
    for (int32_t c = 0; c < p->channels; ++c) {                                                  \
      ((type*)output)[at + c] = (type)mean(p, sum(p, input, w, c), count);                       \
    }                                                                                            \
  }

INTEGER_PIXEL(int8_pixel, int8_t, sum_int8)
INTEGER_PIXEL(uint8_pixel, uint8_t, sum_uint8)
INTEGER_PIXEL(int16_pixel, int16_t, sum_int16)

static lm_status average_pool_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm_tensor* input = lm_op_input(context, 0);
  lm__pool_pixel pixel = float_pixel;
  if (input->type == LM_INT8) pixel = int8_pixel;
  if (input->type == LM_UINT8) pixel = uint8_pixel;
  if (input->type == LM_INT16) pixel = int16_pixel;
  lm__pool_each_pixel(lm_op_params(context), input->data, lm_op_output(context, 0)->data, pixel);
  return LM_OK;
}

const lm_op lm_op_average_pool_2d = {
    .name = "AVERAGE_POOL_2D",
    .builtin = LM_BUILTIN_AVERAGE_POOL_2D,
    .max_version = 3,
    .options = LM_OPTIONS_POOL,
    .prepare = average_pool_prepare,
    .eval = average_pool_eval,
};
