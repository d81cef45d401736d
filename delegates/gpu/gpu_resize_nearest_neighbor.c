// SPDX-License-Identifier: MIT
#include <math.h>

#include "gpu_move.h"
#include "gpu_resize.h"

static bool resize_nearest_supports(const lm__gpu_context* context, const lm_graph* graph,
                                    const lm_node* node, const char** out_why) {
  return lm__gpu_move_supports(context, graph, node, 1u << 0, out_why);
}

static void locate(const lm_resize_options* options, int32_t at, int32_t in, int32_t out,
                   int32_t* numbers) {
  const float scale = options->align_corners && out > 1 ? (float)(in - 1) / (float)(out - 1)
                                                        : (float)in / (float)out;
  const float x = ((float)at + (options->half_pixel_centers ? 0.5f : 0.0f)) * scale;
  const int32_t from = (int32_t)(options->align_corners ? roundf(x) : floorf(x));
  numbers[0] = from < 0 ? 0 : (from > in - 1 ? in - 1 : from);
}

static lm_status resize_nearest_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  lm__gpu_value x;
  LM_GPU_TRY(lm__gpu_tensor(build, lm_graph_input(lm__gpu_graph(build), node, 0), &x, err));
  return lm__gpu_resize_compile(build, node, "resize_nearest",
                                lm__gpu_move_type(lm__gpu_value_type(build, x)), locate, 1, err);
}

const lm__gpu_op lm__gpu_op_resize_nearest_neighbor = {
    .builtin = LM_BUILTIN_RESIZE_NEAREST_NEIGHBOR,
    .supports = resize_nearest_supports,
    .compile = resize_nearest_compile,
};
