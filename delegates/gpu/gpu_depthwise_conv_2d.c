// SPDX-License-Identifier: MIT
//
// DEPTHWISE_CONV_2D in floats.
#include "gpu_conv.h"

static bool depthwise_conv_2d_supports(const lm__gpu_context* context, const lm_graph* graph,
                                       const lm_node* node, const char** out_why) {
  const lm_conv_options* options = node->def->options;
  LM_GPU_REQUIRE(lm__gpu_conv_window_fits(lm_graph_input(graph, node, 0),
                                          lm_graph_input(graph, node, 1), options),
                 "window is spread too far");
  return lm__gpu_conv_node_supported(context, lm_graph_input(graph, node, 0),
                                     lm_graph_input(graph, node, 1), lm_graph_input(graph, node, 2),
                                     lm_graph_output(graph, node, 0), options->activation, out_why);
}

static lm_status depthwise_conv_2d_compile(lm__gpu_build* build, const lm_node* node,
                                           lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_conv_options* options = node->def->options;
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* filter = lm_graph_input(graph, node, 1);
  const int32_t* in = input->shape.dims;
  const int32_t* f = filter->shape.dims;
  lm_window h, w;
  LM_GPU_TRY(lm_window_make(options->padding, in[1], f[1], options->stride_h, options->dilation_h,
                            &h, err));
  LM_GPU_TRY(lm_window_make(options->padding, in[2], f[2], options->stride_w, options->dilation_w,
                            &w, err));
  lm__gpu_conv conv = {.kind = LM_GPU_CONV_DEPTHWISE,
                       .batches = in[0],
                       .in_h = in[1],
                       .in_w = in[2],
                       .in_c = in[3],
                       .out_h = h.output,
                       .out_w = w.output,
                       .out_c = f[3],
                       .filter_c = 1,
                       .taps_h = f[1],
                       .taps_w = f[2],
                       .stride_h = options->stride_h,
                       .stride_w = options->stride_w,
                       .dilation_h = options->dilation_h,
                       .dilation_w = options->dilation_w,
                       .pad_top = h.padding,
                       .pad_left = w.padding};
  return lm__gpu_conv_compile(build, node, &conv, input, filter, lm_graph_input(graph, node, 2),
                              options->activation, err);
}

const lm__gpu_op lm__gpu_op_depthwise_conv_2d = {.builtin = LM_BUILTIN_DEPTHWISE_CONV_2D,
                                                 .supports = depthwise_conv_2d_supports,
                                                 .compile = depthwise_conv_2d_compile};
