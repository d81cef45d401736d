// SPDX-License-Identifier: MIT
//
// L2_NORMALIZATION: rows of the last dimension divided by their Euclidean norm. Quantized outputs
// have the scale 1/128.
#include <math.h>

#include "ops/copy_util.h"
#include "ops/rescale.h"

static lm_status check_output_scale(lm_op_context* context, lm_error* err) {
  const lm_tensor* output = lm_op_output(context, 0);
  const int32_t zero_point = output->type == LM_UINT8 ? 128 : 0;
  LM_TRY(lm__op_check_per_tensor(context, "input", lm_op_input(context, 0), err));
  LM_TRY(lm__op_check_per_tensor(context, "output", output, err));
  LM_OP_CHECK(context,
              lm__op_scale(output) == 1.0f / 128.0f && lm__op_zero_point(output) == zero_point,
              LM_UNSUPPORTED, "output has scale %g and zero point %d, expected 1/128 and %d",
              (double)lm__op_scale(output), lm__op_zero_point(output), zero_point);
  // Sums of squares of a row must fit 31 bits.
  const lm_shape* shape = &lm_op_input(context, 0)->shape;
  LM_OP_CHECK(context, shape->dims[shape->rank - 1] <= INT32_MAX / (255 * 255), LM_UNSUPPORTED,
              "rows of %d elements", shape->dims[shape->rank - 1]);
  return LM_OK;
}

static lm_status l2_normalization_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type types[] = {LM_FLOAT32, LM_UINT8, LM_INT8};
  const lm_arithmetic_options* options = lm_op_node(context)->def->options;
  LM_TRY(lm__op_check_counts(context, 1, 1, 1, err));
  const lm_tensor* input = lm_op_input(context, 0);
  LM_TRY(lm__op_check_type(context, "input", input, types, 3, err));
  LM_TRY(lm__op_check_copyable(context, err));
  LM_TRY(lm__op_check_rank(context, "input", input, 1, LM_MAX_RANK, err));
  LM_OP_CHECK(context, options == NULL || options->activation == LM_ACTIVATION_NONE, LM_UNSUPPORTED,
              "fused activation %d is not supported", (int)options->activation);
  if (input->type != LM_FLOAT32) LM_TRY(check_output_scale(context, err));
  return lm_op_set_output_shape(context, 0, &input->shape, err);
}

static void normalize_f32(float* out, const float* in, int64_t depth) {
  const float epsilon = 1e-6f;
  float sum = 0.0f;
  for (int64_t i = 0; i < depth; ++i) sum += in[i] * in[i];
  float norm = sqrtf(sum);
  if (norm < epsilon) norm = epsilon;
  for (int64_t i = 0; i < depth; ++i) out[i] = in[i] / norm;
}

static void normalize_u8(uint8_t* out, const uint8_t* in, int64_t depth, int32_t zero_point) {
  int32_t sum = 0;
  for (int64_t i = 0; i < depth; ++i) sum += (in[i] - zero_point) * (in[i] - zero_point);
  const lm_multiplier inverse = lm__inverse_sqrt(sum);
  for (int64_t i = 0; i < depth; ++i) {
    const int32_t x = 128 * (in[i] - zero_point);
    out[i] = (uint8_t)lm__clamp(128 + lm_multiply(x, inverse), 0, 255);
  }
}

static void normalize_i8(int8_t* out, const int8_t* in, int64_t depth, int32_t zero_point) {
  int32_t sum = 0;
  for (int64_t i = 0; i < depth; ++i) sum += (in[i] - zero_point) * (in[i] - zero_point);
  lm_multiplier inverse = lm__inverse_sqrt(sum);
  inverse.shift += 7;
  for (int64_t i = 0; i < depth; ++i) {
    out[i] = (int8_t)lm__clamp(lm_multiply(in[i] - zero_point, inverse), INT8_MIN, INT8_MAX);
  }
}

static lm_status l2_normalization_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm_tensor* input = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  const int32_t last = input->shape.rank - 1;
  const int64_t rows = lm__dims_product(&input->shape, 0, last);
  const int64_t depth = input->shape.dims[last];
  for (int64_t r = 0; r < rows; ++r) {
    switch (input->type) {
      case LM_FLOAT32:
        normalize_f32((float*)output->data + r * depth, (const float*)input->data + r * depth,
                      depth);
        break;
      case LM_UINT8:
        normalize_u8((uint8_t*)output->data + r * depth, (const uint8_t*)input->data + r * depth,
                     depth, lm__op_zero_point(input));
        break;
      default:
        normalize_i8((int8_t*)output->data + r * depth, (const int8_t*)input->data + r * depth,
                     depth, lm__op_zero_point(input));
        break;
    }
  }
  return LM_OK;
}

const lm_op lm_op_l2_normalization = {
    .name = "L2_NORMALIZATION",
    .builtin = LM_BUILTIN_L2_NORMALIZATION,
    .max_version = 2,
    .options = LM_OPTIONS_ARITHMETIC,
    .options_optional = true,
    .in_place_inputs = 1u << 0,
    .prepare = l2_normalization_prepare,
    .eval = l2_normalization_eval,
};
