// SPDX-License-Identifier: MIT
#include "gpu_q8_product.h"

// As in kernels/q8_depthwise.kernel.
typedef struct depthwise_params {
  int32_t in_h, in_w, in_c, out_h, out_w, out_c;
  lm__gpu_q8_window window;
  int32_t multiplier, items, input_zero, filter_zero;
  lm__gpu_q8_finish finish;
} depthwise_params;

static depthwise_params make_params(const lm__gpu_q8_product* p, const lm__gpu_q8_finish* finish) {
  const lm__geometry* g = &p->g;
  return (depthwise_params){
      .in_h = g->in_h,
      .in_w = g->in_w,
      .in_c = g->in_c,
      .out_h = g->out_h,
      .out_w = g->out_w,
      .out_c = g->out_c,
      .window = lm__gpu_q8_window_of(g),
      .multiplier = g->out_c / g->in_c,
      .input_zero = lm__gpu_q8_signed_zero(p->input),
      .filter_zero = lm__gpu_q8_filter_zero(p->filter),
      .finish = *finish,
  };
}

static lm_status depthwise_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  lm__gpu_q8_product p;
  LM_GPU_TRY(lm__gpu_q8_conv_product(build, node, &p, err));
  if (lm__gpu_q8_depthwise_rows_fit(build, &p)) {
    return lm__gpu_q8_depthwise_rows_compile(build, &p, err);
  }
  lm__gpu_q8_finish finish;
  lm__gpu_value input, weights, channels, output;
  LM_GPU_TRY(lm__gpu_q8_finish_of(build, &p, &finish, &output, err));
  LM_GPU_TRY(lm__gpu_tensor(build, p.input, &input, err));
  LM_GPU_TRY(lm__gpu_constant(build, p.filter->data, p.filter->bytes, &weights, err));
  LM_GPU_TRY(lm__gpu_q8_channels(build, p.input, p.filter, p.output, p.g.out_c,
                                 p.bias != NULL ? p.bias->data : NULL, &channels, err));

  depthwise_params params = make_params(&p, &finish);
  const bool by_words = params.multiplier == 1 && p.g.in_c % 4 == 0;
  params.items = p.g.batches * p.g.out_h * p.g.out_w * (by_words ? p.g.out_c / 4 : p.g.out_c);
  lm__gpu_call call = lm__gpu_linear_call("q8_depthwise", by_words ? LM_GPU_I32 : LM_GPU_I8,
                                          params.items, &params, sizeof params);
  call.key.constant_count = 1;
  call.key.constants[0] = lm__gpu_q8_flip(p.input);
  call.arg_count = 4;
  call.args[0] = LM_GPU_READ(input);
  call.args[1] = LM_GPU_READ(weights);
  call.args[2] = LM_GPU_READ(channels);
  call.args[3] = LM_GPU_WRITE(output);
  call.label = by_words ? "q8_depthwise_words" : "q8_depthwise_bytes";
  return lm__gpu_emit(build, node, &call, err);
}

const lm__gpu_op lm__gpu_op_q8_depthwise_conv_2d = {LM_BUILTIN_DEPTHWISE_CONV_2D,
                                                    lm__gpu_q8_conv_supported, depthwise_compile};
