// SPDX-License-Identifier: MIT
//
// L2_POOL_2D: the root of the mean square of the window's elements inside the image.
#include <math.h>

#include "ops/pool_util.h"

static lm_status l2_pool_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type kTypes[] = {LM_FLOAT32};
  return lm__pool_prepare(context, kTypes, 1, err);
}

static void l2_pixel(const lm__pool* p, const void* input, void* output, const lm__pool_window* w,
                     int64_t at) {
  const float count = (float)((w->y1 - w->y0) * (w->x1 - w->x0));
  for (int32_t c = 0; c < p->channels; ++c) {
    float sum = 0.0f;
    for (int64_t y = w->y0; y < w->y1; ++y) {
      for (int64_t x = w->x0; x < w->x1; ++x) {
        const float value = ((const float*)input)[lm__pool_offset(p, w, y, x) + c];
        sum += value * value;
      }
    }
    ((float*)output)[at + c] = lm__clampf(sqrtf(sum / count), p->float_min, p->float_max);
  }
}

static lm_status l2_pool_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  lm__pool_each_pixel(lm_op_params(context), lm_op_input(context, 0)->data,
                      lm_op_output(context, 0)->data, l2_pixel);
  return LM_OK;
}

const lm_op lm_op_l2_pool_2d = {
    .name = "L2_POOL_2D",
    .builtin = LM_BUILTIN_L2_POOL_2D,
    .max_version = 1,
    .options = LM_OPTIONS_POOL,
    .prepare = l2_pool_prepare,
    .eval = l2_pool_eval,
};
