// SPDX-License-Identifier: MIT
//
// MaxPoolingWithArgmax2D of MediaPipe.
#include "litmark/kernel_math.h"

#include "gpu_custom.h"
#include "gpu_pool.h"

typedef struct pool_params {
  int32_t items;
  lm__gpu_pool_window window;
  float low, high;
} pool_params;

// Positions up to here are whole numbers in float16 that a tenth more does not change.
#define MOST_POSITIONS 1024

static bool max_pooling_supports(const lm__gpu_context* context, const lm_graph* graph,
                                 const lm_node* node, const char** out_why) {
  if (!lm__gpu_is_custom(node, "MaxPoolingWithArgmax2D")) return false;
  const lm_pool_options o = lm__gpu_custom_pool(node);
  LM_GPU_REQUIRE((int64_t)o.filter_h * o.filter_w <= MOST_POSITIONS, "window is too large");
  return lm__gpu_check_floats(context, graph, node, LM_GPU_ALL_INPUTS, out_why);
}

static lm_status max_pooling_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_pool_options o = lm__gpu_custom_pool(node);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  lm__geometry g;
  LM_GPU_TRY(lm__geometry_of_pool(lm_graph_input(graph, node, 0), output, &o, &g, err));
  pool_params p = {.items = (int32_t)lm_shape_count(&output->shape),
                   .window = lm__gpu_pool_window_of(&g)};
  LM_GPU_TRY(lm_activation_range_float(o.activation, &p.low, &p.high, err));
  lm__gpu_value x, y, positions;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &x, &y, err));
  LM_GPU_TRY(lm__gpu_tensor(build, lm_graph_output(graph, node, 1), &positions, err));
  lm__gpu_call call =
      lm__gpu_linear_call("pool_argmax", lm__gpu_value_type(build, y), p.items, &p, sizeof p);
  call.arg_count = 3;
  call.args[0] = LM_GPU_READ(x);
  call.args[1] = LM_GPU_WRITE(y);
  call.args[2] = LM_GPU_WRITE(positions);
  return lm__gpu_emit(build, node, &call, err);
}

const lm__gpu_op lm__gpu_op_max_pooling_with_argmax_2d = {
    .builtin = LM_BUILTIN_CUSTOM,
    .supports = max_pooling_supports,
    .compile = max_pooling_compile,
};
