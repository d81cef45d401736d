// SPDX-License-Identifier: MIT
#include "ops/pool_util.h"

lm_status lm__pool_fill(const lm_op_context* context, const lm_pool_options* options,
                        const lm_shape* input, lm__pool* out, lm_error* err) {
  const int32_t* in = input->dims;
  lm_window h, w;
  LM_TRY(lm__op_window(context, options->padding, in[1], options->filter_h, options->stride_h, 1,
                       &h, err));
  LM_TRY(lm__op_window(context, options->padding, in[2], options->filter_w, options->stride_w, 1,
                       &w, err));
  *out = (lm__pool){
      .batches = in[0],
      .in_h = in[1],
      .in_w = in[2],
      .channels = in[3],
      .out_h = h.output,
      .out_w = w.output,
      .filter_h = options->filter_h,
      .filter_w = options->filter_w,
      .stride_h = options->stride_h,
      .stride_w = options->stride_w,
      .pad_h = h.padding,
      .pad_w = w.padding,
  };
  return LM_OK;
}

lm_status lm__pool_prepare(lm_op_context* context, const lm_type* types, int32_t type_count,
                           lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 1, 1, 1, err));
  const lm_pool_options* options = lm_op_node(context)->def->options;
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* output = lm_op_output(context, 0);
  LM_TRY(lm__op_check_type(context, "input", input, types, type_count, err));
  LM_TRY(lm__op_check_same_type(context, "input", input, "output", output, err));
  LM_TRY(lm__op_check_rank(context, "input", input, 4, 4, err));

  void* block;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__pool), &block, err));
  lm__pool* p = block;
  LM_TRY(lm__pool_fill(context, options, &input->shape, p, err));
  if (input->type == LM_FLOAT32) {
    LM_TRY(
        lm__op_activation_float(context, options->activation, &p->float_min, &p->float_max, err));
  } else {
    // Pooling does not rescale: LiteRT assumes that input and output are quantized alike.
    LM_TRY(lm__op_check_per_tensor(context, "output", output, err));
    LM_TRY(
        lm__op_activation_quantized(context, options->activation, output, &p->min, &p->max, err));
  }
  const lm_shape shape = {.rank = 4, .dims = {p->batches, p->out_h, p->out_w, p->channels}};
  return lm_op_set_output_shape(context, 0, &shape, err);
}

static void clip(int64_t origin, int32_t filter, int32_t length, int64_t* first, int64_t* end) {
  *first = origin < 0 ? 0 : origin;
  *end = origin + filter < length ? origin + filter : length;
}

void lm__pool_each_pixel(const lm__pool* p, const void* input, void* output, lm__pool_pixel pixel) {
  int64_t at = 0;
  if (p->channels == 0) return;
  for (int32_t b = 0; b < p->batches; ++b) {
    for (int32_t y = 0; y < p->out_h; ++y) {
      for (int32_t x = 0; x < p->out_w; ++x, at += p->channels) {
        lm__pool_window window = {.b = b};
        clip((int64_t)y * p->stride_h - p->pad_h, p->filter_h, p->in_h, &window.y0, &window.y1);
        clip((int64_t)x * p->stride_w - p->pad_w, p->filter_w, p->in_w, &window.x0, &window.x1);
        pixel(p, input, output, &window, at);
      }
    }
  }
}
