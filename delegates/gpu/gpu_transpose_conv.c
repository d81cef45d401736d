// SPDX-License-Identifier: MIT
//
// TRANSPOSE_CONV in floats. The window slides over the output, so padding and strides are those of
// the convolution that would lead from there to the input.
#include "gpu_conv.h"

static bool transpose_conv_supports(const lm__gpu_context* context, const lm_graph* graph,
                                    const lm_node* node, const char** out_why) {
  const lm_conv_options* options = node->def->options;
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  LM_GPU_REQUIRE(lm__gpu_conv_window_fits(output, lm_graph_input(graph, node, 1), options),
                 "window is spread too far");
  return lm__gpu_conv_node_supported(context, lm_graph_input(graph, node, 2),
                                     lm_graph_input(graph, node, 1), lm_graph_input(graph, node, 3),
                                     output, options->activation, out_why);
}

static lm_status transpose_conv_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_conv_options* options = node->def->options;
  const lm_tensor* filter = lm_graph_input(graph, node, 1);
  const lm_tensor* input = lm_graph_input(graph, node, 2);
  const int32_t* in = input->shape.dims;
  const int32_t* out = lm_graph_output(graph, node, 0)->shape.dims;
  const int32_t* f = filter->shape.dims;
  lm_window h, w;
  LM_GPU_TRY(lm_window_make(options->padding, out[1], f[1], options->stride_h, 1, &h, err));
  LM_GPU_TRY(lm_window_make(options->padding, out[2], f[2], options->stride_w, 1, &w, err));
  lm__gpu_conv conv = {.kind = LM_GPU_CONV_TRANSPOSED,
                       .batches = in[0],
                       .in_h = in[1],
                       .in_w = in[2],
                       .in_c = in[3],
                       .out_h = out[1],
                       .out_w = out[2],
                       .out_c = f[0],
                       .filter_c = in[3],
                       .taps_h = f[1],
                       .taps_w = f[2],
                       .stride_h = options->stride_h,
                       .stride_w = options->stride_w,
                       .dilation_h = 1,
                       .dilation_w = 1,
                       .pad_top = h.padding,
                       .pad_left = w.padding};
  return lm__gpu_conv_compile(build, node, &conv, input, filter, lm_graph_input(graph, node, 3),
                              options->activation, err);
}

const lm__gpu_op lm__gpu_op_transpose_conv = {.builtin = LM_BUILTIN_TRANSPOSE_CONV,
                                              .supports = transpose_conv_supports,
                                              .compile = transpose_conv_compile};
