// SPDX-License-Identifier: MIT
#include "ops/conv_util.h"

#include <math.h>

#include "base/checked.h"

lm_status lm__conv_kind_of(const lm_op_context* context, const lm_tensor* input,
                           const lm_tensor* filter, const lm_tensor* output, lm__conv_kind* out,
                           lm_error* err) {
  static const struct {
    lm_type input, filter;
    lm__conv_kind kind;
  } kKinds[] = {
      {LM_FLOAT32, LM_FLOAT32, LM__CONV_FLOAT}, {LM_UINT8, LM_UINT8, LM__CONV_UINT8},
      {LM_INT8, LM_INT8, LM__CONV_INT8},        {LM_INT16, LM_INT8, LM__CONV_INT16},
      {LM_FLOAT32, LM_INT8, LM__CONV_HYBRID},
  };
  LM_TRY(lm__op_check_same_type(context, "input", input, "output", output, err));
  LM_OP_CHECK(context, !filter->def->is_sparse, LM_UNSUPPORTED, "sparse filter");
  LM_OP_CHECK(context, filter->def->block_size == 0, LM_UNSUPPORTED,
              "filter is quantized by blocks");
  for (size_t i = 0; i < sizeof kKinds / sizeof kKinds[0]; ++i) {
    if (input->type == kKinds[i].input && filter->type == kKinds[i].filter) {
      *out = kKinds[i].kind;
      return LM_OK;
    }
  }
  return LM_OP_FAIL(context, err, LM_UNSUPPORTED, "input %s with filter %s is not supported",
                    lm_type_name(input->type), lm_type_name(filter->type));
}

lm_status lm__conv_check_bias(const lm_op_context* context, lm__conv_kind kind,
                              const lm_tensor* bias, int32_t channels, lm_error* err) {
  if (bias == NULL) return LM_OK;
  static const lm_type kFloat[] = {LM_FLOAT32}, kInteger[] = {LM_INT32, LM_INT64};
  if (kind == LM__CONV_FLOAT || kind == LM__CONV_HYBRID) {
    LM_TRY(lm__op_check_type(context, "bias", bias, kFloat, 1, err));
  } else {
    LM_TRY(lm__op_check_type(context, "bias", bias, kInteger, kind == LM__CONV_INT16 ? 2 : 1, err));
    LM_OP_CHECK(context, bias->quantization.count == 0 || bias->quantization.zero_points[0] == 0,
                LM_BAD_MODEL, "bias has zero point %d, expected 0",
                bias->quantization.zero_points[0]);
  }
  const int64_t count = lm_shape_count(&bias->shape);
  LM_OP_CHECK(context, count == channels, LM_BAD_MODEL,
              "bias has %lld elements, output channels %d", (long long)count, channels);
  return LM_OK;
}

lm_status lm__conv_check_quantization(const lm_op_context* context, lm__conv_kind kind,
                                      const lm_tensor* input, const lm_tensor* filter,
                                      const lm_tensor* output, int32_t channels,
                                      bool allow_zero_point, lm_error* err) {
  if (kind == LM__CONV_FLOAT) return LM_OK;
  const lm_quantization* q = &filter->quantization;
  LM_OP_CHECK(context, q->count == 1 || (q->count == channels && kind != LM__CONV_UINT8),
              LM_BAD_MODEL, "filter has %d quantization scales, output channels %d", q->count,
              channels);
  if (!allow_zero_point) {
    for (int32_t i = 0; i < q->count; ++i) {
      LM_OP_CHECK(context, q->zero_points[i] == 0, LM_UNSUPPORTED,
                  "filter of type int8 has zero point %d, expected 0", q->zero_points[i]);
    }
  }
  if (kind == LM__CONV_HYBRID) return LM_OK;
  LM_TRY(lm__op_check_per_tensor(context, "input", input, err));
  LM_TRY(lm__op_check_per_tensor(context, "output", output, err));
  if (kind == LM__CONV_INT16) {
    LM_OP_CHECK(context, lm__op_zero_point(input) == 0 && lm__op_zero_point(output) == 0,
                LM_BAD_MODEL, "int16 input has zero point %d, output %d, expected 0",
                lm__op_zero_point(input), lm__op_zero_point(output));
  }
  return LM_OK;
}

lm_status lm__conv_check_bias_scale(const lm_op_context* context, const lm_tensor* input,
                                    const lm_tensor* filter, const lm_tensor* bias,
                                    const lm_tensor* output, lm_error* err) {
  if (bias == NULL || bias->quantization.count == 0) return LM_OK;
  const double product = (double)lm__op_scale(input) * (double)lm__op_scale(filter);
  const double scale = lm__op_scale(bias);
  LM_OP_CHECK(context, fabs(product - scale) / (double)lm__op_scale(output) <= 0.02, LM_BAD_MODEL,
              "bias has scale %g, input and filter give %g", scale, product);
  return LM_OK;
}

// One factor for each output channel. The formulas differ in where they round to float, and so
// do the results: uint8 multiplies the scales of input and filter in float, the others in double.
static lm_status fill_multipliers(const lm_op_context* context, const lm_tensor* input,
                                  const lm_tensor* filter, const lm_tensor* output,
                                  int32_t channels, lm__conv* conv, lm_error* err) {
  const int32_t max_shift = conv->bias64 ? LM_MAX_SHIFT_64 : LM_MAX_SHIFT_32;
  for (int32_t c = 0; c < channels; ++c) {
    const double factor = lm_product_factor(&input->quantization, &filter->quantization,
                                            &output->quantization, c, conv->kind == LM__CONV_UINT8);
    LM_TRY(lm__op_multiplier(context, factor, max_shift, &conv->multipliers[c], err));
  }
  return LM_OK;
}

lm_status lm__conv_create(lm_op_context* context, const lm_tensor* input, const lm_tensor* filter,
                          const lm_tensor* bias, const lm_tensor* output, int32_t channels,
                          lm_activation activation, lm__conv** out, lm_error* err) {
  lm__conv_kind kind = LM__CONV_FLOAT;  // gcc cannot see that the next call sets it
  LM_TRY(lm__conv_kind_of(context, input, filter, output, &kind, err));
  LM_TRY(lm__conv_check_bias(context, kind, bias, channels, err));
  LM_TRY(lm__conv_check_quantization(context, kind, input, filter, output, channels,
                                     kind == LM__CONV_UINT8, err));

  const bool integer = kind != LM__CONV_FLOAT && kind != LM__CONV_HYBRID;
  size_t bytes = 0;
  LM_OP_CHECK(context,
              lm__checked_mul(integer ? (size_t)channels : 0, sizeof(lm_multiplier), &bytes) &&
                  lm__checked_add(bytes, sizeof(lm__conv), &bytes),
              LM_BAD_MODEL, "%d output channels", channels);
  void* block;
  LM_TRY(lm_op_alloc_params(context, bytes, &block, err));
  lm__conv* conv = block;
  conv->kind = kind;
  conv->out_c = channels;
  *out = conv;
  if (!integer) {
    return lm__op_activation_float(context, activation, &conv->float_min, &conv->float_max, err);
  }
  conv->input_zero = lm__op_zero_point(input);
  conv->output_zero = lm__op_zero_point(output);
  if (kind == LM__CONV_UINT8) {
    conv->filter_zero = lm__op_zero_point(filter);
    LM_TRY(lm__conv_check_bias_scale(context, input, filter, bias, output, err));
  }
  conv->bias64 = kind == LM__CONV_INT16 && (bias == NULL || bias->type == LM_INT64);
  LM_TRY(fill_multipliers(context, input, filter, output, channels, conv, err));
  return lm__op_activation_quantized(context, activation, output, &conv->min, &conv->max, err);
}

lm_status lm__conv_set_window(lm_op_context* context, lm__conv* conv,
                              const lm_conv_options* options, int32_t large_h, int32_t large_w,
                              int32_t* out_h, int32_t* out_w, lm_error* err) {
  lm_window h, w;
  LM_TRY(lm__op_window(context, options->padding, large_h, conv->filter_h, options->stride_h,
                       options->dilation_h, &h, err));
  LM_TRY(lm__op_window(context, options->padding, large_w, conv->filter_w, options->stride_w,
                       options->dilation_w, &w, err));
  conv->stride_h = options->stride_h;
  conv->stride_w = options->stride_w;
  conv->dilation_h = options->dilation_h;
  conv->dilation_w = options->dilation_w;
  conv->pad_h = h.padding;
  conv->pad_w = w.padding;
  *out_h = h.output;
  *out_w = w.output;
  return LM_OK;
}

lm_status lm__conv_check_images(const lm_op_context* context, const lm_tensor* input,
                                const lm_tensor* filter, lm_error* err) {
  LM_TRY(lm__op_check_rank(context, "input", input, 4, 4, err));
  LM_TRY(lm__op_check_rank(context, "filter", filter, 4, 4, err));
  for (int32_t i = 0; i < 4; ++i) {
    LM_OP_CHECK(context, i == 0 || input->shape.dims[i] > 0, LM_BAD_MODEL,
                "input dimension %d is %d", i, input->shape.dims[i]);
    LM_OP_CHECK(context, filter->shape.dims[i] > 0, LM_BAD_MODEL, "filter dimension %d is %d", i,
                filter->shape.dims[i]);
  }
  return LM_OK;
}

lm__conv_run lm__conv_run_make(lm_op_context* context, const lm_tensor* input,
                               const lm_tensor* filter, const lm_tensor* bias) {
  const lm__conv* conv = lm_op_params(context);
  lm__conv_run run = {
      .conv = conv,
      .input = input->data,
      .filter = filter->data,
      .bias = bias != NULL ? bias->data : NULL,
      .output = lm_op_output(context, 0)->data,
      .filter_tensor = filter,
  };
  if (conv->kind == LM__CONV_HYBRID) {
    const int8_t* quantized;
    lm__hybrid_quantize(context, &conv->hybrid, input->data, &quantized, &run.scales,
                        &run.zero_points);
    run.input = quantized;
  }
  return run;
}

void lm__conv_each_pixel(const lm__conv_run* run, lm__conv_pixel pixel) {
  const lm__conv* c = run->conv;
  int64_t at = 0;
  for (int32_t b = 0; b < c->batches; ++b) {
    for (int32_t y = 0; y < c->out_h; ++y) {
      for (int32_t x = 0; x < c->out_w; ++x, at += c->out_c) {
        pixel(run, b, (int64_t)y * c->stride_h - c->pad_h, (int64_t)x * c->stride_w - c->pad_w, at);
      }
    }
  }
}

uint64_t lm__conv_macs(const lm_shape* image, int64_t products) {
  uint64_t total;
  const uint64_t elements = (uint64_t)lm_shape_count(image);
  return __builtin_mul_overflow(elements, (uint64_t)products, &total) ? UINT64_MAX : total;
}
