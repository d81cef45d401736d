// SPDX-License-Identifier: MIT
//
// MAX_POOL_2D: the largest of the window's elements inside the image.
#include <float.h>

#include "ops/pool_util.h"

static const lm_type kTypes[] = {LM_FLOAT32, LM_INT8, LM_UINT8, LM_INT16};

static lm_status max_pool_prepare(lm_op_context* context, lm_error* err) {
  return lm__pool_prepare(context, kTypes, sizeof kTypes / sizeof kTypes[0], err);
}

#define POOL_MAX(name, type, lowest)                                                            \
  static type name(const lm__pool* p, const type* input, const lm__pool_window* w, int32_t c) { \
    type best = lowest;                                                                         \
    for (int64_t y = w->y0; y < w->y1; ++y) {                                                   \
      for (int64_t x = w->x0; x < w->x1; ++x) {                                                 \
        const type value = input[lm__pool_offset(p, w, y, x) + c];                              \
        if (best < value) best = value;                                                         \
      }                                                                                         \
    }                                                                                           \
    return best;                                                                                \
  }

POOL_MAX(max_float, float, -FLT_MAX)
POOL_MAX(max_int8, int8_t, INT8_MIN)
POOL_MAX(max_uint8, uint8_t, 0)
POOL_MAX(max_int16, int16_t, INT16_MIN)

static void float_pixel(const lm__pool* p, const void* input, void* output,
                        const lm__pool_window* w, int64_t at) {
  for (int32_t c = 0; c < p->channels; ++c) {
    ((float*)output)[at + c] = lm__clampf(max_float(p, input, w, c), p->float_min, p->float_max);
  }
}

#define INTEGER_PIXEL(name, type, max_of)                                                        \
  static void name(const lm__pool* p, const void* input, void* output, const lm__pool_window* w, \
                   int64_t at) {                                                                 \
    for (int32_t c = 0; c < p->channels; ++c) {                                                  \
      ((type*)output)[at + c] = (type)lm__clamp(max_of(p, input, w, c), p->min, p->max);         \
    }                                                                                            \
  }

INTEGER_PIXEL(int8_pixel, int8_t, max_int8)
INTEGER_PIXEL(uint8_pixel, uint8_t, max_uint8)
INTEGER_PIXEL(int16_pixel, int16_t, max_int16)

static lm_status max_pool_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm_tensor* input = lm_op_input(context, 0);
  lm__pool_pixel pixel = float_pixel;
  if (input->type == LM_INT8) pixel = int8_pixel;
  if (input->type == LM_UINT8) pixel = uint8_pixel;
  if (input->type == LM_INT16) pixel = int16_pixel;
  lm__pool_each_pixel(lm_op_params(context), input->data, lm_op_output(context, 0)->data, pixel);
  return LM_OK;
}

const lm_op lm_op_max_pool_2d = {
    .name = "MAX_POOL_2D",
    .builtin = LM_BUILTIN_MAX_POOL_2D,
    .max_version = 3,
    .options = LM_OPTIONS_POOL,
    .prepare = max_pool_prepare,
    .eval = max_pool_eval,
};
