// SPDX-License-Identifier: MIT
//
// PRELU: x, or alpha * x where x is negative. Alpha broadcasts to the shape of the input; for int16
// inputs it is int8.
#include "ops/kernel_util.h"

typedef struct prelu_params {
  lm_multiplier identity;        // input scale to output scale
  lm_multiplier alpha;           // the same times alpha's scale
  int64_t strides[LM_MAX_RANK];  // of alpha along the dimensions of the input
} prelu_params;

static lm_status prelu_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type kTypes[] = {LM_FLOAT32, LM_INT8, LM_UINT8, LM_INT16};
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* alpha = lm_op_input(context, 1);
  const lm_tensor* output = lm_op_output(context, 0);
  LM_TRY(lm__op_check_type(context, "input", input, kTypes, 4, err));
  LM_TRY(lm__op_check_same_type(context, "input", input, "output", output, err));
  const lm_type alpha_type = input->type == LM_INT16 ? LM_INT8 : input->type;
  LM_TRY(lm__op_check_type(context, "alpha", alpha, &alpha_type, 1, err));
  lm_shape shape;
  LM_TRY(lm__op_broadcast_shape(context, &input->shape, &alpha->shape, &shape, err));
  if (!lm_shape_equal(&shape, &input->shape)) {
    char a[LM_SHAPE_TEXT_SIZE], b[LM_SHAPE_TEXT_SIZE];
    return LM_OP_FAIL(context, err, LM_BAD_MODEL, "alpha %s does not broadcast to input %s",
                      lm_shape_format(&alpha->shape, a, sizeof a),
                      lm_shape_format(&input->shape, b, sizeof b));
  }
  void* block;
  LM_TRY(lm_op_alloc_params(context, sizeof(prelu_params), &block, err));
  prelu_params* p = block;
  lm__op_broadcast_strides(&alpha->shape, &shape, p->strides);
  if (input->type != LM_FLOAT32) {
    LM_TRY(lm__op_check_per_tensor(context, "input", input, err));
    LM_TRY(lm__op_check_per_tensor(context, "alpha", alpha, err));
    LM_TRY(lm__op_check_per_tensor(context, "output", output, err));
    const float in = lm__op_scale(input), a = lm__op_scale(alpha), out = lm__op_scale(output);
    LM_TRY(lm__op_multiplier(context, (double)(in / out), LM_MAX_SHIFT_32, &p->identity, err));
    LM_TRY(lm__op_multiplier(context, (double)(in * a / out), LM_MAX_SHIFT_32, &p->alpha, err));
  }
  return lm_op_set_output_shape(context, 0, &shape, err);
}

// Steps `index` through `shape` in row-major order and returns the matching offset into alpha.
static int64_t advance(const lm_shape* shape, const int64_t* strides, int32_t* index, int64_t at) {
  for (int32_t d = shape->rank - 1; d >= 0; --d) {
    at += strides[d];
    if (++index[d] < shape->dims[d]) return at;
    at -= strides[d] * shape->dims[d];
    index[d] = 0;
  }
  return at;
}

static int32_t scaled(const prelu_params* p, int32_t x, int32_t alpha) {
  return x >= 0 ? lm_multiply(x, p->identity) : lm_multiply(x * alpha, p->alpha);
}

static lm_status prelu_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const prelu_params* p = lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* alpha = lm_op_input(context, 1);
  lm_tensor* output = lm_op_output(context, 0);
  const int64_t count = lm_shape_count(&input->shape);
  int32_t index[LM_MAX_RANK] = {0};
  int64_t at = 0;
  if (input->type == LM_FLOAT32) {
    const float* in = input->data;
    for (int64_t i = 0; i < count; ++i, at = advance(&input->shape, p->strides, index, at)) {
      ((float*)output->data)[i] = in[i] >= 0.0f ? in[i] : in[i] * ((const float*)alpha->data)[at];
    }
    return LM_OK;
  }
  const int32_t in_zero = lm__op_zero_point(input), out_zero = lm__op_zero_point(output);
  const int32_t alpha_zero = lm__op_zero_point(alpha);
  int32_t low, high;
  lm_type_range(output->type, &low, &high);
#define PRELU_LOOP(type, alpha_type)                                                        \
  for (int64_t i = 0; i < count; ++i, at = advance(&input->shape, p->strides, index, at)) { \
    const int64_t y = scaled(p, ((const type*)input->data)[i] - in_zero,                    \
                             ((const alpha_type*)alpha->data)[at] - alpha_zero);            \
    ((type*)output->data)[i] = (type)lm__clamp(y + out_zero, low, high);                    \
  }
  switch (input->type) {
    case LM_INT8:
      PRELU_LOOP(int8_t, int8_t)
      break;
    case LM_UINT8:
      PRELU_LOOP(uint8_t, uint8_t)
      break;
    default:
      PRELU_LOOP(int16_t, int8_t)
      break;
  }
#undef PRELU_LOOP
  return LM_OK;
}

const lm_op lm_op_prelu = {
    .name = "PRELU",
    .builtin = LM_BUILTIN_PRELU,
    .max_version = 1,
    .options = LM_OPTIONS_NONE,
    .in_place_inputs = 1u << 0,
    .prepare = prelu_prepare,
    .eval = prelu_eval,
};
