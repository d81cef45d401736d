// SPDX-License-Identifier: MIT
//
// RESIZE_NEAREST_NEIGHBOR.
#include <math.h>
#include <string.h>

#include "ops/resize_util.h"

static lm_status resize_nearest_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  return lm__resize_prepare(context, err);
}

static int32_t nearest(const lm_resize_options* options, int32_t at, int32_t in, int32_t out) {
  const float scale = options->align_corners && out > 1 ? (float)(in - 1) / (float)(out - 1)
                                                        : (float)in / (float)out;
  const float x = ((float)at + (options->half_pixel_centers ? 0.5f : 0.0f)) * scale;
  const int32_t from = (int32_t)(options->align_corners ? roundf(x) : floorf(x));
  return from < 0 ? 0 : (from > in - 1 ? in - 1 : from);
}

static lm_status resize_nearest_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm_resize_options* options = lm_op_node(context)->def->options;
  const lm_tensor* input = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  const int32_t in_h = input->shape.dims[1], in_w = input->shape.dims[2];
  const int32_t out_h = output->shape.dims[1], out_w = output->shape.dims[2];
  const size_t pixel = (size_t)input->shape.dims[3] * lm_type_bytes(input->type);
  if (output->bytes == 0) return LM_OK;
  char* out = output->data;
  for (int32_t b = 0; b < input->shape.dims[0]; ++b) {
    for (int32_t y = 0; y < out_h; ++y) {
      const size_t row = (size_t)b * (size_t)in_h + (size_t)nearest(options, y, in_h, out_h);
      for (int32_t x = 0; x < out_w; ++x) {
        const size_t at = row * (size_t)in_w + (size_t)nearest(options, x, in_w, out_w);
        memcpy(out, (const char*)input->data + at * pixel, pixel);
        out += pixel;
      }
    }
  }
  return LM_OK;
}

const lm_op lm_op_resize_nearest_neighbor = {
    .name = "RESIZE_NEAREST_NEIGHBOR",
    .builtin = LM_BUILTIN_RESIZE_NEAREST_NEIGHBOR,
    .max_version = 4,
    .options = LM_OPTIONS_RESIZE,
    .prepare = resize_nearest_prepare,
    .eval = resize_nearest_eval,
};
