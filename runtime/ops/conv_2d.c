// SPDX-License-Identifier: MIT
//
// CONV_2D: input [N,H,W,C], filter [O,KH,KW,C/groups], bias [O]. Elements outside the image count
// as the real value 0, so they are skipped. The arithmetic is LiteRT's reference: integer sums of
// (x - zero point) * w in 32 bits (64 for int16), the bias on top, then one rescale per channel.
#include "ops/conv_util.h"

static lm_status conv_2d_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 2, 3, 1, err));
  const lm_conv_options* options = lm_op_node(context)->def->options;
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* filter = lm_op_input(context, 1);
  LM_TRY(lm__conv_check_images(context, input, filter, err));
  const int32_t* in = input->shape.dims;
  const int32_t* f = filter->shape.dims;
  LM_OP_CHECK(context, in[3] % f[3] == 0, LM_BAD_MODEL, "filter channels %d, input channels %d",
              f[3], in[3]);
  const int32_t groups = in[3] / f[3];
  LM_OP_CHECK(context, f[0] % groups == 0, LM_BAD_MODEL, "%d filters in %d groups", f[0], groups);

  lm__conv* conv;
  LM_TRY(lm__conv_create(context, input, filter, lm_op_input(context, 2), lm_op_output(context, 0),
                         f[0], options->activation, &conv, err));
  conv->batches = in[0];
  conv->in_h = in[1];
  conv->in_w = in[2];
  conv->in_c = in[3];
  conv->filter_h = f[1];
  conv->filter_w = f[2];
  conv->filter_c = f[3];
  LM_TRY(
      lm__conv_set_window(context, conv, options, in[1], in[2], &conv->out_h, &conv->out_w, err));
  if (conv->kind == LM__CONV_HYBRID) {
    // The format's rule: one scale for all channels means symmetric inputs, several mean asymmetric
    // ones; grouped convolutions have the second kernel only.
    bool asymmetric = groups > 1;
    for (int32_t c = 1; c < filter->quantization.count && !asymmetric; ++c) {
      asymmetric = filter->quantization.scales[c] != filter->quantization.scales[0];
    }
    LM_TRY(lm__hybrid_prepare(context, input, in[0], asymmetric, &conv->hybrid, err));
  }
  const lm_shape shape = {.rank = 4, .dims = {in[0], conv->out_h, conv->out_w, f[0]}};
  return lm_op_set_output_shape(context, 0, &shape, err);
}

// Sum over the window at (y, x), whose origin may lie outside the image. `input` points to the
// first channel of the group in the batch's image, `filter` to the filter. Integer sums are
// unsigned, so that they wrap as LiteRT's do and no input overflows them.
#define CONV_SUM(name, input_type, filter_type, factor_type, sum_type)                           \
  static inline sum_type name(const lm__conv* c, const input_type* input,                        \
                              const filter_type* filter, int64_t y, int64_t x,                   \
                              factor_type input_zero, factor_type filter_zero) {                 \
    sum_type sum = 0;                                                                            \
    for (int32_t fy = 0; fy < c->filter_h; ++fy) {                                               \
      const int64_t iy = y + (int64_t)fy * c->dilation_h;                                        \
      if (iy < 0 || iy >= c->in_h) continue;                                                     \
      for (int32_t fx = 0; fx < c->filter_w; ++fx) {                                             \
        const int64_t ix = x + (int64_t)fx * c->dilation_w;                                      \
        if (ix < 0 || ix >= c->in_w) continue;                                                   \
        const input_type* in = input + (iy * c->in_w + ix) * c->in_c;                            \
        const filter_type* f = filter + ((int64_t)fy * c->filter_w + fx) * c->filter_c;          \
        for (int32_t i = 0; i < c->filter_c; ++i) {                                              \
          sum +=                                                                                 \
              (sum_type)(((factor_type)in[i] - input_zero) * ((factor_type)f[i] - filter_zero)); \
        }                                                                                        \
      }                                                                                          \
    }                                                                                            \
    return sum;                                                                                  \
  }

CONV_SUM(sum_float, float, float, float, float)
CONV_SUM(sum_uint8, uint8_t, uint8_t, int32_t, uint32_t)
CONV_SUM(sum_int8, int8_t, int8_t, int32_t, uint32_t)
CONV_SUM(sum_int16, int16_t, int8_t, int32_t, uint32_t)
CONV_SUM(sum_int16_64, int16_t, int8_t, int32_t, int64_t)

// Offset of the first input channel that filter `o` reads in batch `b`.
static int64_t group_offset(const lm__conv* c, int32_t b, int32_t o) {
  const int32_t per_group = c->out_c / (c->in_c / c->filter_c);
  return (int64_t)b * c->in_h * c->in_w * c->in_c + (int64_t)(o / per_group) * c->filter_c;
}

static int64_t filter_offset(const lm__conv* c, int32_t o) {
  return (int64_t)o * c->filter_h * c->filter_w * c->filter_c;
}

static void float_pixel(const lm__conv_run* r, int32_t b, int64_t y, int64_t x, int64_t at) {
  const lm__conv* c = r->conv;
  const float* bias = r->bias;
  float* out = (float*)r->output + at;
  for (int32_t o = 0; o < c->out_c; ++o) {
    const float sum = sum_float(c, (const float*)r->input + group_offset(c, b, o),
                                (const float*)r->filter + filter_offset(c, o), y, x, 0.0f, 0.0f);
    out[o] = lm__clampf(sum + (bias != NULL ? bias[o] : 0.0f), c->float_min, c->float_max);
  }
}

static void uint8_pixel(const lm__conv_run* r, int32_t b, int64_t y, int64_t x, int64_t at) {
  const lm__conv* c = r->conv;
  uint8_t* out = (uint8_t*)r->output + at;
  for (int32_t o = 0; o < c->out_c; ++o) {
    const uint32_t sum = sum_uint8(c, (const uint8_t*)r->input + group_offset(c, b, o),
                                   (const uint8_t*)r->filter + filter_offset(c, o), y, x,
                                   c->input_zero, c->filter_zero);
    out[o] = (uint8_t)lm__conv_finish(r, sum, o);
  }
}

static void int8_pixel(const lm__conv_run* r, int32_t b, int64_t y, int64_t x, int64_t at) {
  const lm__conv* c = r->conv;
  int8_t* out = (int8_t*)r->output + at;
  for (int32_t o = 0; o < c->out_c; ++o) {
    const uint32_t sum =
        sum_int8(c, (const int8_t*)r->input + group_offset(c, b, o),
                 (const int8_t*)r->filter + filter_offset(c, o), y, x, c->input_zero, 0);
    out[o] = (int8_t)lm__conv_finish(r, sum, o);
  }
}

static void int16_pixel(const lm__conv_run* r, int32_t b, int64_t y, int64_t x, int64_t at) {
  const lm__conv* c = r->conv;
  int16_t* out = (int16_t*)r->output + at;
  for (int32_t o = 0; o < c->out_c; ++o) {
    const int16_t* in = (const int16_t*)r->input + group_offset(c, b, o);
    const int8_t* f = (const int8_t*)r->filter + filter_offset(c, o);
    out[o] = (int16_t)(c->bias64 ? lm__conv_finish64(r, sum_int16_64(c, in, f, y, x, 0, 0), o)
                                 : lm__conv_finish(r, sum_int16(c, in, f, y, x, 0, 0), o));
  }
}

static void hybrid_pixel(const lm__conv_run* r, int32_t b, int64_t y, int64_t x, int64_t at) {
  const lm__conv* c = r->conv;
  const float* bias = r->bias;
  float* out = (float*)r->output + at;
  for (int32_t o = 0; o < c->out_c; ++o) {
    const uint32_t bits =
        sum_int8(c, (const int8_t*)r->input + group_offset(c, b, o),
                 (const int8_t*)r->filter + filter_offset(c, o), y, x, r->zero_points[b], 0);
    const float sum = (float)(int32_t)bits;
    // The order of the two products is LiteRT's; in the other order the last bit differs.
    const float scaled = c->hybrid.asymmetric
                             ? sum * lm__filter_scale(r->filter_tensor, o) * r->scales[b]
                             : sum * (r->scales[b] * lm__filter_scale(r->filter_tensor, 0));
    out[o] = lm__clampf(scaled + (bias != NULL ? bias[o] : 0.0f), c->float_min, c->float_max);
  }
}

static lm_status conv_2d_eval(lm_op_context* context, lm_error* err) {
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

static uint64_t conv_2d_macs(const lm_graph* graph, const lm_node* node) {
  const int32_t* f = lm_graph_input(graph, node, 1)->shape.dims;
  return lm__conv_macs(&lm_graph_output(graph, node, 0)->shape, (int64_t)f[1] * f[2] * f[3]);
}

const lm_op lm_op_conv_2d = {
    .name = "CONV_2D",
    .builtin = LM_BUILTIN_CONV_2D,
    .max_version = 8,
    .options = LM_OPTIONS_CONV,
    .prepare = conv_2d_prepare,
    .eval = conv_2d_eval,
    .macs = conv_2d_macs,
};
