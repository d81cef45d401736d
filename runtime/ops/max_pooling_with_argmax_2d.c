// SPDX-License-Identifier: MIT
//
// MaxPoolingWithArgmax2D of MediaPipe: MAX_POOL_2D with a second output, the position of the
// maximum inside its window, row * filter width + column, as float32 with 0.1 added so that it
// survives being rounded down. Ties go to the first position. MaxUnpooling2D reads it.
#include <float.h>

#include "ops/custom_pool.h"
#include "ops/pool_util.h"

static lm_status check_tensors(lm_op_context* context, lm_error* err) {
  static const lm_type kTypes[] = {LM_FLOAT32};
  LM_TRY(lm__op_check_counts(context, 1, 1, 2, err));
  const lm_tensor* input = lm_op_input(context, 0);
  LM_TRY(lm__op_check_type(context, "input", input, kTypes, 1, err));
  LM_TRY(lm__op_check_type(context, "output", lm_op_output(context, 0), kTypes, 1, err));
  LM_TRY(lm__op_check_type(context, "indices", lm_op_output(context, 1), kTypes, 1, err));
  return lm__op_check_rank(context, "input", input, 4, 4, err);
}

static lm_status max_pooling_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(check_tensors(context, err));
  lm_pool_options options;
  LM_TRY(lm__op_custom_pool(context, &options, err));
  void* block;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__pool), &block, err));
  lm__pool* p = block;
  LM_TRY(lm__pool_fill(context, &options, &lm_op_input(context, 0)->shape, p, err));
  LM_OP_CHECK(context, (int64_t)p->filter_h * p->filter_w < 1 << 23, LM_UNSUPPORTED,
              "window of %dx%d: float32 does not hold its positions", p->filter_h, p->filter_w);
  LM_TRY(lm__op_activation_float(context, options.activation, &p->float_min, &p->float_max, err));
  const lm_shape shape = {.rank = 4, .dims = {p->batches, p->out_h, p->out_w, p->channels}};
  LM_TRY(lm_op_set_output_shape(context, 0, &shape, err));
  return lm_op_set_output_shape(context, 1, &shape, err);
}

// Finds the maximum of channel `c` and returns its position in the window, which begins at (y, x).
static int64_t find_max(const lm__pool* p, const float* input, const lm__pool_window* w, int32_t c,
                        int64_t y, int64_t x, float* out_max) {
  float best = -FLT_MAX;
  int64_t position = 0;
  for (int64_t iy = w->y0; iy < w->y1; ++iy) {
    for (int64_t ix = w->x0; ix < w->x1; ++ix) {
      const float value = input[lm__pool_offset(p, w, iy, ix) + c];
      if (value > best) {
        best = value;
        position = (iy - y) * p->filter_w + ix - x;
      }
    }
  }
  *out_max = best;
  return position;
}

static void argmax_pixel(const lm__pool* p, const void* input, void* output,
                         const lm__pool_window* w, int64_t at) {
  float* values = ((float* const*)output)[0];
  float* positions = ((float* const*)output)[1];
  const int64_t pixel = at / p->channels;
  const int64_t y = pixel / p->out_w % p->out_h * p->stride_h - p->pad_h;
  const int64_t x = pixel % p->out_w * p->stride_w - p->pad_w;
  for (int32_t c = 0; c < p->channels; ++c) {
    float max;
    positions[at + c] = (float)find_max(p, input, w, c, y, x, &max) + 0.1f;
    values[at + c] = lm__clampf(max, p->float_min, p->float_max);
  }
}

static lm_status max_pooling_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  float* outputs[] = {lm_op_output(context, 0)->data, lm_op_output(context, 1)->data};
  lm__pool_each_pixel(lm_op_params(context), lm_op_input(context, 0)->data, outputs, argmax_pixel);
  return LM_OK;
}

const lm_op lm_op_max_pooling_with_argmax_2d = {
    .name = "MaxPoolingWithArgmax2D",
    .builtin = LM_BUILTIN_CUSTOM,
    .max_version = 1,
    .options = LM_OPTIONS_NONE,
    .prepare = max_pooling_prepare,
    .eval = max_pooling_eval,
};
