// SPDX-License-Identifier: MIT
//
// Convolution2DTransposeBias of MediaPipe: TRANSPOSE_CONV in float32 with a bias, whose output size
// follows from the input's: stride * (length - 1) + filter, less the padding under SAME.
#include "ops/conv_util.h"
#include "ops/custom_pool.h"

// Output length and padding before along one dimension.
static lm_status size_dimension(lm_op_context* context, lm_padding padding, int32_t length,
                                int32_t filter, int32_t stride, int32_t* out_length,
                                int32_t* out_pad, lm_error* err) {
  LM_OP_CHECK(context, stride > 0, LM_BAD_MODEL, "stride %d is below 1", stride);
  int32_t total = 0;
  if (padding == LM_PADDING_SAME) {
    total = filter - (length - 1) % stride - 1;
    if (total < 0) total = 0;
  }
  const int64_t out = (int64_t)stride * (length - 1) + filter - total;
  LM_OP_CHECK(context, out > 0 && out <= INT32_MAX, LM_BAD_MODEL, "output length %lld",
              (long long)out);
  *out_length = (int32_t)out;
  *out_pad = total / 2;
  return LM_OK;
}

static lm_status transpose_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 3, 3, 1, err));
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* filter = lm_op_input(context, 1);
  LM_TRY(lm__conv_check_images(context, input, filter, err));
  const int32_t* in = input->shape.dims;
  const int32_t* f = filter->shape.dims;
  LM_OP_CHECK(context, in[3] == f[3], LM_BAD_MODEL, "filter channels %d, input channels %d", f[3],
              in[3]);
  lm__conv* conv;
  LM_TRY(lm__conv_create(context, input, filter, lm_op_input(context, 2), lm_op_output(context, 0),
                         f[0], LM_ACTIVATION_NONE, &conv, err));
  LM_OP_CHECK(context, conv->kind == LM__CONV_FLOAT, LM_UNSUPPORTED,
              "input %s with filter %s is not supported", lm_type_name(input->type),
              lm_type_name(filter->type));
  lm_padding padding;
  LM_TRY(lm__op_custom_padding(context, 0, &padding, err));
  LM_TRY(lm__op_custom_int(context, 1, &conv->stride_w, err));
  LM_TRY(lm__op_custom_int(context, 2, &conv->stride_h, err));
  conv->batches = in[0];
  conv->in_h = in[1];
  conv->in_w = in[2];
  conv->in_c = in[3];
  conv->filter_h = f[1];
  conv->filter_w = f[2];
  conv->filter_c = f[3];
  LM_TRY(size_dimension(context, padding, in[1], f[1], conv->stride_h, &conv->out_h, &conv->pad_h,
                        err));
  LM_TRY(size_dimension(context, padding, in[2], f[2], conv->stride_w, &conv->out_w, &conv->pad_w,
                        err));
  const lm_shape shape = {.rank = 4, .dims = {in[0], conv->out_h, conv->out_w, f[0]}};
  return lm_op_set_output_shape(context, 0, &shape, err);
}

// Output (y, x), both with the padding added, of channel `o`; the bias comes first, as in
// MediaPipe.
static float compute(const lm__conv* c, const float* image, const float* filter, float bias,
                     int64_t y, int64_t x) {
  int64_t y_first, y_last, x_first, x_last;
  lm__conv_covering(y, c->filter_h, c->stride_h, c->in_h, &y_first, &y_last);
  lm__conv_covering(x, c->filter_w, c->stride_w, c->in_w, &x_first, &x_last);
  float sum = bias;
  for (int64_t iy = y_first; iy <= y_last; ++iy) {
    for (int64_t ix = x_first; ix <= x_last; ++ix) {
      const float* in = image + (iy * c->in_w + ix) * c->in_c;
      const float* f =
          filter + ((y - iy * c->stride_h) * c->filter_w + x - ix * c->stride_w) * c->filter_c;
      for (int32_t i = 0; i < c->in_c; ++i) sum += in[i] * f[i];
    }
  }
  return sum;
}

static lm_status transpose_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm__conv* c = lm_op_params(context);
  const float* input = lm_op_input(context, 0)->data;
  const float* filter = lm_op_input(context, 1)->data;
  const float* bias = lm_op_input(context, 2)->data;
  float* out = lm_op_output(context, 0)->data;
  const int64_t image_size = (int64_t)c->in_h * c->in_w * c->in_c;
  const int64_t filter_size = (int64_t)c->filter_h * c->filter_w * c->filter_c;
  for (int32_t b = 0; b < c->batches; ++b) {
    for (int32_t y = 0; y < c->out_h; ++y) {
      for (int32_t x = 0; x < c->out_w; ++x) {
        for (int32_t o = 0; o < c->out_c; ++o) {
          *out++ = compute(c, input + b * image_size, filter + o * filter_size, bias[o],
                           (int64_t)y + c->pad_h, (int64_t)x + c->pad_w);
        }
      }
    }
  }
  return LM_OK;
}

static uint64_t transpose_macs(const lm_graph* graph, const lm_node* node) {
  const int32_t* f = lm_graph_input(graph, node, 1)->shape.dims;
  return lm__conv_macs(&lm_graph_input(graph, node, 0)->shape, (int64_t)f[0] * f[1] * f[2]);
}

const lm_op lm_op_convolution_2d_transpose_bias = {
    .name = "Convolution2DTransposeBias",
    .builtin = LM_BUILTIN_CUSTOM,
    .max_version = 1,
    .options = LM_OPTIONS_NONE,
    .prepare = transpose_prepare,
    .eval = transpose_eval,
    .macs = transpose_macs,
};
