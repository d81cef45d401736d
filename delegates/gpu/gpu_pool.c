// SPDX-License-Identifier: MIT
#include "gpu_pool.h"

#include "gpu_fusion.h"

typedef struct pool_params {
  int32_t items;
  lm__gpu_pool_window window;
  int32_t out_offset, out_stride;
  float low, high;
} pool_params;

lm__gpu_pool_window lm__gpu_pool_window_of(const lm__geometry* geometry) {
  return (lm__gpu_pool_window){
      .in_h = geometry->in_h,
      .in_w = geometry->in_w,
      .channels = geometry->in_c,
      .out_h = geometry->out_h,
      .out_w = geometry->out_w,
      .filter_h = geometry->filter_h,
      .filter_w = geometry->filter_w,
      .stride_h = geometry->stride_h,
      .stride_w = geometry->stride_w,
      .pad_h = geometry->pad_h,
      .pad_w = geometry->pad_w,
  };
}

bool lm__gpu_pool_supports(const lm__gpu_context* context, const lm_graph* graph,
                           const lm_node* node, const char** out_why) {
  return lm__gpu_check_floats(context, graph, node, LM_GPU_ALL_INPUTS, out_why);
}

lm_status lm__gpu_pool_compile(lm__gpu_build* build, const lm_node* node, lm__gpu_pool kind,
                               const char* label, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_pool_options* o = node->def->options;
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  lm__geometry g;
  LM_GPU_TRY(lm__geometry_of_pool(input, output, o, &g, err));
  lm__gpu_clamp clamp;
  LM_GPU_TRY(lm__gpu_output_clamp(build, o->activation, output, &clamp, err));
  lm__gpu_value x;
  LM_GPU_TRY(lm__gpu_tensor(build, input, &x, err));
  lm__gpu_target target;
  LM_GPU_TRY(lm__gpu_target_of(build, node, &target, err));
  const int32_t block = lm__gpu_block_of(lm__gpu_build_context(build), g.in_c);
  const int64_t pixels = lm_shape_count(&output->shape) / g.in_c;
  const int64_t items = lm__gpu_pieces(pixels, g.in_c, block);
  const pool_params p = {.items = (int32_t)items,
                         .window = lm__gpu_pool_window_of(&g),
                         .out_offset = (int32_t)target.offset,
                         .out_stride = (int32_t)target.pixel_stride,
                         .low = clamp.min,
                         .high = clamp.max};
  lm__gpu_call call = lm__gpu_linear_call("pool", target.type, items, &p, sizeof p);
  call.key.constant_count = 2;
  call.key.constants[0] = (int32_t)kind;
  call.key.constants[1] = block;
  call.arg_count = 2;
  call.args[0] = LM_GPU_READ(x);
  call.args[1] = LM_GPU_WRITE(target.value);
  call.label = label;
  return lm__gpu_emit(build, node, &call, err);
}
