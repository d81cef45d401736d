// SPDX-License-Identifier: MIT
//
// DEPTHWISE_CONV_2D: input [N,H,W,C], filter [1,KH,KW,C*M], bias [C*M]. Output channel o reads
// input channel o / M alone. The multiplier M follows from the shapes, as in LiteRT; the option of
// that name is not read.
#include "ops/conv_util.h"

static lm_status depthwise_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 2, 3, 1, err));
  const lm_conv_options* options = lm_op_node(context)->def->options;
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* filter = lm_op_input(context, 1);
  LM_TRY(lm__conv_check_images(context, input, filter, err));
  const int32_t* in = input->shape.dims;
  const int32_t* f = filter->shape.dims;
  LM_OP_CHECK(context, f[0] == 1, LM_BAD_MODEL, "filter dimension 0 is %d, expected 1", f[0]);
  LM_OP_CHECK(context, f[3] % in[3] == 0, LM_BAD_MODEL, "filter channels %d, input channels %d",
              f[3], in[3]);

  lm__conv* conv;
  LM_TRY(lm__conv_create(context, input, filter, lm_op_input(context, 2), lm_op_output(context, 0),
                         f[3], options->activation, &conv, err));
  conv->batches = in[0];
  conv->in_h = in[1];
  conv->in_w = in[2];
  conv->in_c = in[3];
  conv->filter_h = f[1];
  conv->filter_w = f[2];
  conv->filter_c = f[3] / in[3];
  LM_TRY(
      lm__conv_set_window(context, conv, options, in[1], in[2], &conv->out_h, &conv->out_w, err));
  if (conv->kind == LM__CONV_HYBRID) {
    LM_TRY(lm__hybrid_prepare(context, input, in[0], true, &conv->hybrid, err));
  }
  const lm_shape shape = {.rank = 4, .dims = {in[0], conv->out_h, conv->out_w, f[3]}};
  return lm_op_set_output_shape(context, 0, &shape, err);
}

// Sum over the window at (y, x) for output channel `o`; filter_c is the multiplier here.
#define DEPTHWISE_SUM(name, input_type, filter_type, factor_type, sum_type)                        \
  static inline sum_type name(const lm__conv_run* r, int32_t b, int64_t y, int64_t x, int32_t o,   \
                              factor_type input_zero, factor_type filter_zero) {                   \
    const lm__conv* c = r->conv;                                                                   \
    const input_type* in = (const input_type*)r->input + (int64_t)b * c->in_h * c->in_w * c->in_c; \
    const filter_type* f = (const filter_type*)r->filter + o;                                      \
    const int32_t channel = o / c->filter_c;                                                       \
    sum_type sum = 0;                                                                              \
    for (int32_t fy = 0; fy < c->filter_h; ++fy) {                                                 \
      const int64_t iy = y + (int64_t)fy * c->dilation_h;                                          \
      if (iy < 0 || iy >= c->in_h) continue;                                                       \
      for (int32_t fx = 0; fx < c->filter_w; ++fx) {                                               \
        const int64_t ix = x + (int64_t)fx * c->dilation_w;                                        \
        if (ix < 0 || ix >= c->in_w) continue;                                                     \
        const factor_type value = in[(iy * c->in_w + ix) * c->in_c + channel];                     \
        const factor_type weight = f[((int64_t)fy * c->filter_w + fx) * c->out_c];                 \
        sum += (sum_type)((value - input_zero) * (weight - filter_zero));                          \
      }                                                                                            \
    }                                                                                              \
    return sum;                                                                                    \
  }

DEPTHWISE_SUM(sum_float, float, float, float, float)
DEPTHWISE_SUM(sum_uint8, uint8_t, uint8_t, int32_t, uint32_t)
DEPTHWISE_SUM(sum_int8, int8_t, int8_t, int32_t, uint32_t)
DEPTHWISE_SUM(sum_int16, int16_t, int8_t, int32_t, uint32_t)
DEPTHWISE_SUM(sum_int16_64, int16_t, int8_t, int32_t, int64_t)

static void float_pixel(const lm__conv_run* r, int32_t b, int64_t y, int64_t x, int64_t at) {
  const lm__conv* c = r->conv;
  const float* bias = r->bias;
  float* out = (float*)r->output + at;
  for (int32_t o = 0; o < c->out_c; ++o) {
    const float sum = sum_float(r, b, y, x, o, 0.0f, 0.0f);
    out[o] = lm__clampf(sum + (bias != NULL ? bias[o] : 0.0f), c->float_min, c->float_max);
  }
}

static void uint8_pixel(const lm__conv_run* r, int32_t b, int64_t y, int64_t x, int64_t at) {
  const lm__conv* c = r->conv;
  uint8_t* out = (uint8_t*)r->output + at;
  for (int32_t o = 0; o < c->out_c; ++o) {
    out[o] =
        (uint8_t)lm__conv_finish(r, sum_uint8(r, b, y, x, o, c->input_zero, c->filter_zero), o);
  }
}

static void int8_pixel(const lm__conv_run* r, int32_t b, int64_t y, int64_t x, int64_t at) {
  int8_t* out = (int8_t*)r->output + at;
  for (int32_t o = 0; o < r->conv->out_c; ++o) {
    out[o] = (int8_t)lm__conv_finish(r, sum_int8(r, b, y, x, o, r->conv->input_zero, 0), o);
  }
}

static void int16_pixel(const lm__conv_run* r, int32_t b, int64_t y, int64_t x, int64_t at) {
  int16_t* out = (int16_t*)r->output + at;
  for (int32_t o = 0; o < r->conv->out_c; ++o) {
    out[o] = (int16_t)(r->conv->bias64 ? lm__conv_finish64(r, sum_int16_64(r, b, y, x, o, 0, 0), o)
                                       : lm__conv_finish(r, sum_int16(r, b, y, x, o, 0, 0), o));
  }
}

static void hybrid_pixel(const lm__conv_run* r, int32_t b, int64_t y, int64_t x, int64_t at) {
  const lm__conv* c = r->conv;
  const float* bias = r->bias;
  float* out = (float*)r->output + at;
  for (int32_t o = 0; o < c->out_c; ++o) {
    const float sum = (float)(int32_t)sum_int8(r, b, y, x, o, r->zero_points[b], 0);
    const float scaled = sum * (lm__filter_scale(r->filter_tensor, o) * r->scales[b]);
    out[o] = lm__clampf(scaled + (bias != NULL ? bias[o] : 0.0f), c->float_min, c->float_max);
  }
}

static lm_status depthwise_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  static const lm__conv_pixel kPixels[] = {
      [LM__CONV_FLOAT] = float_pixel,   [LM__CONV_UINT8] = uint8_pixel,
      [LM__CONV_INT8] = int8_pixel,     [LM__CONV_INT16] = int16_pixel,
      [LM__CONV_HYBRID] = hybrid_pixel,
  };
  const lm__conv_run run = lm__conv_run_make(context, lm_op_input(context, 0),
                                             lm_op_input(context, 1), lm_op_input(context, 2));
  lm__conv_each_pixel(&run, kPixels[run.conv->kind]);
  return LM_OK;
}

static uint64_t depthwise_macs(const lm_graph* graph, const lm_node* node) {
  const int32_t* f = lm_graph_input(graph, node, 1)->shape.dims;
  return lm__conv_macs(&lm_graph_output(graph, node, 0)->shape, (int64_t)f[1] * f[2]);
}

const lm_op lm_op_depthwise_conv_2d = {
    .name = "DEPTHWISE_CONV_2D",
    .builtin = LM_BUILTIN_DEPTHWISE_CONV_2D,
    .max_version = 7,
    .options = LM_OPTIONS_CONV,
    .prepare = depthwise_prepare,
    .eval = depthwise_eval,
    .macs = depthwise_macs,
};
