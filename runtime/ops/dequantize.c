// SPDX-License-Identifier: MIT
//
// DEQUANTIZE: integers or float16 to float32. With one scale the product is rounded once from
// double, with one for each channel it is a product of floats: so does LiteRT.
#include "ops/kernel_util.h"

static lm_status dequantize_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type kTypes[] = {LM_INT8, LM_UINT8, LM_INT16, LM_FLOAT16};
  static const lm_type kFloat[] = {LM_FLOAT32};
  LM_TRY(lm__op_check_counts(context, 1, 1, 1, err));
  const lm_tensor* input = lm_op_input(context, 0);
  LM_TRY(lm__op_check_type(context, "input", input, kTypes, 4, err));
  LM_TRY(lm__op_check_type(context, "output", lm_op_output(context, 0), kFloat, 1, err));
  LM_OP_CHECK(context, !input->def->is_sparse, LM_UNSUPPORTED, "sparse input");
  LM_OP_CHECK(context, input->def->block_size == 0, LM_UNSUPPORTED, "input is quantized by blocks");
  void* inner;
  LM_TRY(lm_op_alloc_params(context, sizeof(int32_t), &inner, err));
  if (input->type != LM_FLOAT16) {
    LM_TRY(
        lm__op_channel_stride(context, "input", &input->quantization, &input->shape, inner, err));
  }
  if (input->type == LM_INT16) {
    LM_TRY(lm__op_check_per_tensor(context, "input", input, err));
    LM_OP_CHECK(context, lm__op_zero_point(input) == 0, LM_BAD_MODEL,
                "int16 input has zero point %d, expected 0", lm__op_zero_point(input));
  }
  return lm_op_set_output_shape(context, 0, &input->shape, err);
}

static float real_value(const lm_quantization* q, int32_t inner, int64_t i, int32_t x) {
  if (q->count == 1) return (float)((double)q->scales[0] * (x - q->zero_points[0]));
  const int64_t channel = i / inner % q->count;
  return q->scales[channel] * (float)(x - q->zero_points[channel]);
}

static lm_status dequantize_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const int32_t inner = *(const int32_t*)lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, 0);
  float* out = lm_op_output(context, 0)->data;
  const lm_quantization* q = &input->quantization;
  const int64_t count = lm_shape_count(&input->shape);
  for (int64_t i = 0; i < count; ++i) {
    switch (input->type) {
      case LM_FLOAT16:
        out[i] = lm_half_to_float(((const uint16_t*)input->data)[i]);
        break;
      case LM_INT8:
        out[i] = real_value(q, inner, i, ((const int8_t*)input->data)[i]);
        break;
      case LM_UINT8:
        out[i] = real_value(q, inner, i, ((const uint8_t*)input->data)[i]);
        break;
      default:
        out[i] = real_value(q, inner, i, ((const int16_t*)input->data)[i]);
        break;
    }
  }
  return LM_OK;
}

const lm_op lm_op_dequantize = {
    .name = "DEQUANTIZE",
    .builtin = LM_BUILTIN_DEQUANTIZE,
    .max_version = 6,
    .options = LM_OPTIONS_NONE,
    .prepare = dequantize_prepare,
    .eval = dequantize_eval,
};
