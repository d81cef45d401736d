// SPDX-License-Identifier: MIT
//
// MaxUnpooling2D of MediaPipe, where its positions come from a MaxPoolingWithArgmax2D of the same
// window: others might lie outside the window, which only the reference kernel reports.
#include "gpu_custom.h"
#include "gpu_pool.h"

typedef struct unpool_params {
  int32_t items;
  lm__gpu_pool_window window;
} unpool_params;

static bool max_unpooling_supports(const lm__gpu_context* context, const lm_graph* graph,
                                   const lm_node* node, const char** out_why) {
  if (!lm__gpu_is_custom(node, "MaxUnpooling2D")) return false;
  const lm_pool_options o = lm__gpu_custom_pool(node);
  LM_GPU_REQUIRE(o.stride_h >= o.filter_h && o.stride_w >= o.filter_w, "windows overlap");
  const lm_tensor* positions = lm_graph_input(graph, node, 1);
  const lm_node* maker = positions->producer >= 0 ? &graph->nodes[positions->producer] : NULL;
  LM_GPU_REQUIRE(maker != NULL && lm__gpu_is_custom(maker, "MaxPoolingWithArgmax2D"),
                 "positions that could be bad, which could not be reported");
  const lm_pool_options made = lm__gpu_custom_pool(maker);
  LM_GPU_REQUIRE(made.filter_h == o.filter_h && made.filter_w == o.filter_w &&
                     lm_graph_output(graph, maker, 1) == positions,
                 "positions that could be bad, which could not be reported");
  return lm__gpu_check_floats(context, graph, node, LM_GPU_ALL_INPUTS, out_why);
}

static int32_t padding_of(int32_t length, int32_t filter, int32_t stride) {
  const int64_t total = ((int64_t)length - 1) * stride + filter - (int64_t)length * filter;
  return total > 0 ? (int32_t)(total / 2) : 0;
}

static lm_status max_unpooling_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_pool_options o = lm__gpu_custom_pool(node);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  lm__geometry g = lm__geometry_of_images(lm_graph_input(graph, node, 0), output);
  g.filter_h = o.filter_h;
  g.filter_w = o.filter_w;
  g.stride_h = o.stride_h;
  g.stride_w = o.stride_w;
  g.pad_h = padding_of(g.in_h, o.filter_h, o.stride_h);
  g.pad_w = padding_of(g.in_w, o.filter_w, o.stride_w);
  const unpool_params p = {.items = (int32_t)lm_shape_count(&output->shape),
                           .window = lm__gpu_pool_window_of(&g)};
  lm__gpu_value x, y, positions;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &x, &y, err));
  LM_GPU_TRY(lm__gpu_tensor(build, lm_graph_input(graph, node, 1), &positions, err));
  lm__gpu_call call =
      lm__gpu_linear_call("unpool", lm__gpu_value_type(build, y), p.items, &p, sizeof p);
  call.arg_count = 3;
  call.args[0] = LM_GPU_READ(x);
  call.args[1] = LM_GPU_READ(positions);
  call.args[2] = LM_GPU_WRITE(y);
  return lm__gpu_emit(build, node, &call, err);
}

const lm__gpu_op lm__gpu_op_max_unpooling_2d = {
    .builtin = LM_BUILTIN_CUSTOM,
    .supports = max_unpooling_supports,
    .compile = max_unpooling_compile,
};
