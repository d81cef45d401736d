// SPDX-License-Identifier: MIT
#include "gpu_q8_product.h"

// As in kernels/q8_depthwise.kernel.
typedef struct depthwise_params {
  int32_t in_h, in_w, in_c, out_h, out_w, out_c;
  int32_t filter_h, filter_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
  int32_t multiplier, items, input_zero, filter_zero, output_zero, min, max;
  int32_t dst_stride, dst_offset;
} depthwise_params;

static bool depthwise_supports(const lm__gpu_context* context, const lm_graph* graph,
                               const lm_node* node, const char** out_why) {
  return lm__gpu_q8_product_check(context, graph, node, 0, 2, out_why);
}

static int32_t signed_zero(const lm_tensor* t) {
  return lm__gpu_q8_zero(t) - (t->type == LM_UINT8 ? 128 : 0);
}

static depthwise_params make_params(const lm__gpu_q8_product* p, const lm__gpu_target* target,
                                    const lm__gpu_clamp* clamp) {
  return (depthwise_params){
      .in_h = p->in_h,
      .in_w = p->in_w,
      .in_c = p->in_c,
      .out_h = p->out_h,
      .out_w = p->out_w,
      .out_c = p->out_c,
      .filter_h = p->filter_h,
      .filter_w = p->filter_w,
      .stride_h = p->stride_h,
      .stride_w = p->stride_w,
      .dilation_h = p->dilation_h,
      .dilation_w = p->dilation_w,
      .pad_h = p->pad_h,
      .pad_w = p->pad_w,
      .multiplier = p->out_c / p->in_c,
      .input_zero = signed_zero(p->input),
      .filter_zero = p->filter->quantization.count == 1 ? signed_zero(p->filter) : 0,
      .output_zero = lm__gpu_q8_zero(p->output),
      .min = clamp->qmin,
      .max = clamp->qmax,
      .dst_stride = (int32_t)target->pixel_stride,
      .dst_offset = (int32_t)target->offset,
  };
}

static lm_status depthwise_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  lm__gpu_q8_product p = {
      .node = node,
      .input = lm_graph_input(graph, node, 0),
      .filter = lm_graph_input(graph, node, 1),
      .bias = lm_graph_input(graph, node, 2),
      .output = lm_graph_output(graph, node, 0),
  };
  lm__gpu_padding padding;
  const bool is_padded = lm__gpu_padding_of(build, p.input, &padding);
  if (is_padded) p.input = padding.input;
  LM_GPU_TRY(lm__gpu_q8_product_window(&p, node->def->options, is_padded ? &padding : NULL, err));

  if (lm__gpu_q8_depthwise_rows_fit(build, &p)) {
    return lm__gpu_q8_depthwise_rows_compile(build, &p, err);
  }
  lm__gpu_clamp clamp;
  LM_GPU_TRY(lm__gpu_output_clamp(build, p.activation, p.output, &clamp, err));
  lm__gpu_target target;
  LM_GPU_TRY(lm__gpu_target_of(build, node, &target, err));
  lm__gpu_value input, weights, channels;
  LM_GPU_TRY(lm__gpu_tensor(build, p.input, &input, err));
  LM_GPU_TRY(lm__gpu_constant(build, p.filter->data, p.filter->bytes, &weights, err));
  LM_GPU_TRY(lm__gpu_q8_channels(build, p.input, p.filter, p.output, p.out_c,
                                 p.bias != NULL ? p.bias->data : NULL, &channels, err));

  depthwise_params params = make_params(&p, &target, &clamp);
  const bool by_words = params.multiplier == 1 && p.in_c % 4 == 0;
  params.items = p.batches * p.out_h * p.out_w * (by_words ? p.out_c / 4 : p.out_c);
  lm__gpu_call call = lm__gpu_linear_call("q8_depthwise", by_words ? LM_GPU_I32 : LM_GPU_I8,
                                          params.items, &params, sizeof params);
  call.key.constant_count = 1;
  call.key.constants[0] = lm__gpu_q8_flip(p.input);
  call.arg_count = 4;
  call.args[0] = LM_GPU_READ(input);
  call.args[1] = LM_GPU_READ(weights);
  call.args[2] = LM_GPU_READ(channels);
  call.args[3] = LM_GPU_WRITE(target.value);
  call.label = by_words ? "q8_depthwise_words" : "q8_depthwise_bytes";
  return lm__gpu_emit(build, node, &call, err);
}

const lm__gpu_op lm__gpu_op_q8_depthwise_conv_2d = {LM_BUILTIN_DEPTHWISE_CONV_2D,
                                                    depthwise_supports, depthwise_compile};
