// SPDX-License-Identifier: MIT
//
// MaxUnpooling2D of MediaPipe: puts every input element back to where MaxPoolingWithArgmax2D found
// it, in an image that is larger by the size of the window; all else is 0.
#include <math.h>
#include <string.h>

#include "ops/custom_pool.h"
#include "ops/kernel_util.h"

typedef struct unpooling_params {
  int32_t filter_h, filter_w, stride_h, stride_w;
  int32_t pad_h, pad_w;
} unpooling_params;

// Output length and padding along one dimension.
static lm_status unpool_dimension(lm_op_context* context, int32_t length, int32_t filter,
                                  int32_t stride, int32_t* out_length, int32_t* out_pad,
                                  lm_error* err) {
  LM_OP_CHECK(context, filter > 0 && stride > 0, LM_BAD_MODEL, "filter length %d, stride %d",
              filter, stride);
  const int64_t out = (int64_t)length * filter;
  LM_OP_CHECK(context, out <= INT32_MAX, LM_BAD_MODEL, "output length %lld", (long long)out);
  const int64_t total = ((int64_t)length - 1) * stride + filter - out;
  LM_OP_CHECK(context, total / 2 <= INT32_MAX, LM_BAD_MODEL, "stride %d", stride);
  *out_length = (int32_t)out;
  *out_pad = total > 0 ? (int32_t)(total / 2) : 0;
  return LM_OK;
}

static lm_status unpooling_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type kTypes[] = {LM_FLOAT32};
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* indices = lm_op_input(context, 1);
  LM_TRY(lm__op_check_type(context, "input", input, kTypes, 1, err));
  LM_TRY(lm__op_check_type(context, "indices", indices, kTypes, 1, err));
  LM_TRY(lm__op_check_type(context, "output", lm_op_output(context, 0), kTypes, 1, err));
  LM_TRY(lm__op_check_rank(context, "input", input, 4, 4, err));
  if (!lm_shape_equal(&input->shape, &indices->shape)) {
    char a[LM_SHAPE_TEXT_SIZE], b[LM_SHAPE_TEXT_SIZE];
    return LM_OP_FAIL(context, err, LM_BAD_MODEL, "indices %s, input %s",
                      lm_shape_format(&indices->shape, a, sizeof a),
                      lm_shape_format(&input->shape, b, sizeof b));
  }
  lm_pool_options options;
  LM_TRY(lm__op_custom_pool(context, &options, err));
  void* block;
  LM_TRY(lm_op_alloc_params(context, sizeof(unpooling_params), &block, err));
  unpooling_params* p = block;
  p->filter_h = options.filter_h;
  p->filter_w = options.filter_w;
  p->stride_h = options.stride_h;
  p->stride_w = options.stride_w;
  lm_shape shape = input->shape;
  LM_TRY(unpool_dimension(context, input->shape.dims[1], p->filter_h, p->stride_h, &shape.dims[1],
                          &p->pad_h, err));
  LM_TRY(unpool_dimension(context, input->shape.dims[2], p->filter_w, p->stride_w, &shape.dims[2],
                          &p->pad_w, err));
  return lm_op_set_output_shape(context, 0, &shape, err);
}

static lm_status unpooling_eval(lm_op_context* context, lm_error* err) {
  const unpooling_params* p = lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  const int32_t* in = input->shape.dims;
  const int32_t* out = output->shape.dims;
  const float* positions = lm_op_input(context, 1)->data;
  const float positions_end = (float)((double)p->filter_h * p->filter_w);
  const int64_t count = lm_shape_count(&input->shape);
  memset(output->data, 0, output->bytes);
  for (int64_t i = 0; i < count; ++i) {
    LM_OP_CHECK(context, positions[i] >= 0 && positions[i] < positions_end, LM_BAD_INPUT,
                "position %g in a window of %dx%d", (double)positions[i], p->filter_h, p->filter_w);
    const int64_t position = (int64_t)positions[i];
    const int64_t pixel = i / in[3];
    const int64_t y = pixel / in[2] % in[1] * p->stride_h - p->pad_h + position / p->filter_w;
    const int64_t x = pixel % in[2] * p->stride_w - p->pad_w + position % p->filter_w;
    // Windows may hang over the edge; such elements have no place.
    if (y < 0 || y >= out[1] || x < 0 || x >= out[2]) continue;
    const int64_t batch = pixel / in[2] / in[1];
    ((float*)output->data)[((batch * out[1] + y) * out[2] + x) * out[3] + i % in[3]] =
        ((const float*)input->data)[i];
  }
  return LM_OK;
}

const lm_op lm_op_max_unpooling_2d = {
    .name = "MaxUnpooling2D",
    .builtin = LM_BUILTIN_CUSTOM,
    .max_version = 1,
    .options = LM_OPTIONS_NONE,
    .prepare = unpooling_prepare,
    .eval = unpooling_eval,
};
