// SPDX-License-Identifier: MIT
#include "gpu_pool.h"

#include "litmark/kernel_math.h"

#include "gpu_fusion.h"

typedef struct pool_params {
  int32_t items, in_h, in_w, channels, out_h, out_w;
  int32_t filter_h, filter_w, stride_h, stride_w, pad_h, pad_w;
  int32_t out_offset, out_stride;
  float low, high;
} pool_params;

bool lm__gpu_pool_supports(const lm__gpu_context* context, const lm_graph* graph,
                           const lm_node* node, const char** out_why) {
  return lm__gpu_check_floats(context, graph, node, LM_GPU_ALL_INPUTS, out_why);
}

lm_status lm__gpu_pool_compile(lm__gpu_build* build, const lm_node* node, lm__gpu_pool kind,
                               const char* label, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_pool_options* o = node->def->options;
  const lm_shape* in = &lm_graph_input(graph, node, 0)->shape;
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  lm_window h, w;
  LM_GPU_TRY(lm_window_make(o->padding, in->dims[1], o->filter_h, o->stride_h, 1, &h, err));
  LM_GPU_TRY(lm_window_make(o->padding, in->dims[2], o->filter_w, o->stride_w, 1, &w, err));
  lm__gpu_clamp clamp;
  LM_GPU_TRY(lm__gpu_output_clamp(build, o->activation, output, &clamp, err));
  lm__gpu_value x;
  LM_GPU_TRY(lm__gpu_tensor(build, lm_graph_input(graph, node, 0), &x, err));
  lm__gpu_target target;
  LM_GPU_TRY(lm__gpu_target_of(build, node, &target, err));
  const int32_t channels = in->dims[3];
  const int32_t block = lm__gpu_block_of(lm__gpu_build_context(build), channels);
  const int64_t pixels = lm_shape_count(&output->shape) / channels;
  const int64_t items = lm__gpu_pieces(pixels, channels, block);
  const pool_params p = {.items = (int32_t)items,
                         .in_h = in->dims[1],
                         .in_w = in->dims[2],
                         .channels = channels,
                         .out_h = h.output,
                         .out_w = w.output,
                         .filter_h = o->filter_h,
                         .filter_w = o->filter_w,
                         .stride_h = o->stride_h,
                         .stride_w = o->stride_w,
                         .pad_h = h.padding,
                         .pad_w = w.padding,
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
