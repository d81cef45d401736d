// SPDX-License-Identifier: MIT
//
// TRANSPOSE_CONV: the gradient of a convolution. Inputs: shape of the output, filter [O,KH,KW,C],
// image [N,H,W,C], optional bias [O]. Every input element spreads over a window of the output; this
// kernel gathers instead: an output element sums over the input positions whose windows cover it,
// row by row, which is the order in which LiteRT's kernel adds to it.
#include "ops/conv_util.h"

static lm_status read_output_shape(const lm_op_context* context, const lm_tensor* tensor,
                                   lm_shape* out, lm_error* err) {
  static const lm_type kTypes[] = {LM_INT32};
  LM_TRY(lm__op_check_type(context, "output shape", tensor, kTypes, 1, err));
  LM_TRY(lm__op_check_constant(context, "output shape", tensor, err));
  LM_OP_CHECK(context, tensor->shape.rank == 1 && tensor->shape.dims[0] == 4, LM_BAD_MODEL,
              "output shape has %lld elements, expected 4",
              (long long)lm_shape_count(&tensor->shape));
  *out = lm_shape_make(4, tensor->data);
  return LM_OK;
}

static lm_status transpose_conv_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 3, 4, 1, err));
  lm_conv_options options = *(const lm_conv_options*)lm_op_node(context)->def->options;
  options.dilation_h = options.dilation_w = 1;  // the format has no dilation here
  const lm_tensor* filter = lm_op_input(context, 1);
  const lm_tensor* input = lm_op_input(context, 2);
  lm_shape shape;
  LM_TRY(read_output_shape(context, lm_op_input(context, 0), &shape, err));
  LM_TRY(lm__conv_check_images(context, input, filter, err));
  const int32_t* in = input->shape.dims;
  const int32_t* f = filter->shape.dims;
  LM_OP_CHECK(context, in[3] == f[3], LM_BAD_MODEL, "filter channels %d, input channels %d", f[3],
              in[3]);
  LM_OP_CHECK(context, shape.dims[0] == in[0], LM_BAD_MODEL, "output batch %d, input batch %d",
              shape.dims[0], in[0]);
  LM_OP_CHECK(context, shape.dims[3] == f[0], LM_BAD_MODEL, "output channels %d, filters %d",
              shape.dims[3], f[0]);

  lm__conv* conv;
  LM_TRY(lm__conv_create(context, input, filter, lm_op_input(context, 3), lm_op_output(context, 0),
                         f[0], options.activation, &conv, err));
  conv->batches = in[0];
  conv->in_h = in[1];
  conv->in_w = in[2];
  conv->in_c = in[3];
  conv->filter_h = f[1];
  conv->filter_w = f[2];
  conv->filter_c = f[3];
  conv->out_h = shape.dims[1];
  conv->out_w = shape.dims[2];
  int32_t h, w;
  LM_TRY(lm__conv_set_window(context, conv, &options, conv->out_h, conv->out_w, &h, &w, err));
  LM_OP_CHECK(context, h == in[1] && w == in[2], LM_BAD_MODEL,
              "an output of %dx%d needs an input of %dx%d, it has %dx%d", conv->out_h, conv->out_w,
              h, w, in[1], in[2]);
  if (conv->kind == LM__CONV_HYBRID) {
    LM_TRY(lm__hybrid_prepare(context, input, in[0], true, &conv->hybrid, err));
  }
  return lm_op_set_output_shape(context, 0, &shape, err);
}

// Adds the products for output (y, x), both with the padding added, of channel `o` in batch `b`.
// `product` makes the products of HYBRID real before they are added.
#define TRANSPOSE_SUM(name, input_type, filter_type, factor_type, sum_type, product)              \
  static inline sum_type name(const lm__conv_run* r, int32_t b, int64_t y, int64_t x, int32_t o,  \
                              factor_type input_zero, factor_type filter_zero) {                  \
    const lm__conv* c = r->conv;                                                                  \
    const input_type* image =                                                                     \
        (const input_type*)r->input + (int64_t)b * c->in_h * c->in_w * c->in_c;                   \
    const filter_type* filter =                                                                   \
        (const filter_type*)r->filter + (int64_t)o * c->filter_h * c->filter_w * c->filter_c;     \
    int64_t y_first, y_last, x_first, x_last;                                                     \
    lm__conv_covering(y, c->filter_h, c->stride_h, c->in_h, &y_first, &y_last);                   \
    lm__conv_covering(x, c->filter_w, c->stride_w, c->in_w, &x_first, &x_last);                   \
    sum_type sum = 0;                                                                             \
    for (int64_t iy = y_first; iy <= y_last; ++iy) {                                              \
      for (int64_t ix = x_first; ix <= x_last; ++ix) {                                            \
        const input_type* in = image + (iy * c->in_w + ix) * c->in_c;                             \
        const filter_type* f =                                                                    \
            filter + ((y - iy * c->stride_h) * c->filter_w + x - ix * c->stride_w) * c->filter_c; \
        for (int32_t i = 0; i < c->in_c; ++i) {                                                   \
          sum += (sum_type)product(((factor_type)in[i] - input_zero) *                            \
                                   ((factor_type)f[i] - filter_zero));                            \
        }                                                                                         \
      }                                                                                           \
    }                                                                                             \
    return sum;                                                                                   \
  }

#define AS_IS(p) (p)
#define AS_REAL(p) ((float)(p)*lm__filter_scale(r->filter_tensor, o) * r->scales[b])

TRANSPOSE_SUM(sum_float, float, float, float, float, AS_IS)
TRANSPOSE_SUM(sum_uint8, uint8_t, uint8_t, int32_t, uint32_t, AS_IS)
TRANSPOSE_SUM(sum_int8, int8_t, int8_t, int32_t, uint32_t, AS_IS)
TRANSPOSE_SUM(sum_int16, int16_t, int8_t, int32_t, uint32_t, AS_IS)
TRANSPOSE_SUM(sum_int16_64, int16_t, int8_t, int32_t, int64_t, AS_IS)
TRANSPOSE_SUM(sum_hybrid, int8_t, int8_t, int32_t, float, AS_REAL)

static float finish_float(const lm__conv_run* r, float sum, int32_t o) {
  if (r->bias != NULL) sum += ((const float*)r->bias)[o];
  return lm__clampf(sum, r->conv->float_min, r->conv->float_max);
}

static void compute(const lm__conv_run* r, int32_t b, int64_t y, int64_t x, int32_t o, int64_t at) {
  const lm__conv* c = r->conv;
  switch (c->kind) {
    case LM__CONV_FLOAT:
      ((float*)r->output)[at] = finish_float(r, sum_float(r, b, y, x, o, 0.0f, 0.0f), o);
      return;
    case LM__CONV_HYBRID:
      ((float*)r->output)[at] = finish_float(r, sum_hybrid(r, b, y, x, o, r->zero_points[b], 0), o);
      return;
    case LM__CONV_UINT8:
      ((uint8_t*)r->output)[at] =
          (uint8_t)lm__conv_finish(r, sum_uint8(r, b, y, x, o, c->input_zero, c->filter_zero), o);
      return;
    case LM__CONV_INT8:
      ((int8_t*)r->output)[at] =
          (int8_t)lm__conv_finish(r, sum_int8(r, b, y, x, o, c->input_zero, 0), o);
      return;
    case LM__CONV_INT16:
      ((int16_t*)r->output)[at] =
          (int16_t)(c->bias64 ? lm__conv_finish64(r, sum_int16_64(r, b, y, x, o, 0, 0), o)
                              : lm__conv_finish(r, sum_int16(r, b, y, x, o, 0, 0), o));
      return;
  }
}

static lm_status transpose_conv_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm__conv_run run = lm__conv_run_make(context, lm_op_input(context, 2),
                                             lm_op_input(context, 1), lm_op_input(context, 3));
  const lm__conv* c = run.conv;
  int64_t at = 0;
  for (int32_t b = 0; b < c->batches; ++b) {
    for (int32_t y = 0; y < c->out_h; ++y) {
      for (int32_t x = 0; x < c->out_w; ++x) {
        for (int32_t o = 0; o < c->out_c; ++o, ++at) {
          compute(&run, b, (int64_t)y + c->pad_h, (int64_t)x + c->pad_w, o, at);
        }
      }
    }
  }
  return LM_OK;
}

static uint64_t transpose_conv_macs(const lm_graph* graph, const lm_node* node) {
  const int32_t* f = lm_graph_input(graph, node, 1)->shape.dims;
  return lm__conv_macs(&lm_graph_input(graph, node, 2)->shape, (int64_t)f[0] * f[1] * f[2]);
}

const lm_op lm_op_transpose_conv = {
    .name = "TRANSPOSE_CONV",
    .builtin = LM_BUILTIN_TRANSPOSE_CONV,
    .max_version = 5,
    .options = LM_OPTIONS_CONV,
    .prepare = transpose_conv_prepare,
    .eval = transpose_conv_eval,
    .macs = transpose_conv_macs,
};
