// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "gpu_resize.h"

static bool resize_bilinear_supports(const lm__gpu_context* context, const lm_graph* graph,
                                     const lm_node* node, const char** out_why) {
  return lm__gpu_check_floats(context, graph, node, 1u << 0, out_why);
}

static void locate(const lm_resize_options* options, int32_t at, int32_t in, int32_t out,
                   int32_t* numbers) {
  const float scale = options->align_corners && out > 1 ? (float)(in - 1) / (float)(out - 1)
                                                        : (float)in / (float)out;
  const float x =
      options->half_pixel_centers ? ((float)at + 0.5f) * scale - 0.5f : (float)at * scale;
  const int32_t floor_x = (int32_t)floorf(x), ceil_x = (int32_t)ceilf(x);
  int32_t low = floor_x > 0 ? floor_x : 0;
  // Rounding may carry x a little past the last element.
  if (low > in - 1) low = in - 1;
  numbers[0] = low;
  numbers[1] = ceil_x < in - 1 ? ceil_x : in - 1;
  const float distance = x - (float)low;
  memcpy(&numbers[2], &distance, sizeof distance);
}

static lm_status resize_bilinear_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  lm__gpu_value x;
  LM_GPU_TRY(lm__gpu_tensor(build, lm_graph_input(lm__gpu_graph(build), node, 0), &x, err));
  return lm__gpu_resize_compile(build, node, "resize_bilinear", lm__gpu_value_type(build, x),
                                locate, LM_GPU_RESIZE_LERP, err);
}

const lm__gpu_op lm__gpu_op_resize_bilinear = {
    .builtin = LM_BUILTIN_RESIZE_BILINEAR,
    .supports = resize_bilinear_supports,
    .compile = resize_bilinear_compile,
};
