// SPDX-License-Identifier: MIT
//
// QUANTIZE: float32 to integers, round(x / scale) + zero point, with one scale or one for each
// index along an axis; or integers to integers of another scale, in fixed point.
#include "ops/kernel_util.h"

typedef struct quantize_params {
  lm_multiplier factor;  // integers: input scale to output scale
  int32_t inner;         // float: elements that share a scale before the next channel's begin
} quantize_params;

static lm_status prepare_requantize(lm_op_context* context, quantize_params* p,
                                    const lm_tensor* input, const lm_tensor* output,
                                    lm_error* err) {
  static const struct {
    lm_type from, to;
  } kPairs[] = {
      {LM_INT8, LM_INT8},   {LM_INT8, LM_UINT8},  {LM_INT8, LM_INT16},  {LM_UINT8, LM_INT8},
      {LM_UINT8, LM_UINT8}, {LM_UINT8, LM_INT16}, {LM_INT16, LM_INT8},  {LM_INT16, LM_INT16},
      {LM_INT16, LM_INT32}, {LM_INT32, LM_INT8},  {LM_INT32, LM_INT16},
  };
  bool known = false;
  for (size_t i = 0; i < sizeof kPairs / sizeof kPairs[0]; ++i) {
    known = known || (input->type == kPairs[i].from && output->type == kPairs[i].to);
  }
  LM_OP_CHECK(context, known, LM_UNSUPPORTED, "%s to %s is not supported",
              lm_type_name(input->type), lm_type_name(output->type));
  LM_TRY(lm__op_check_per_tensor(context, "input", input, err));
  LM_TRY(lm__op_check_per_tensor(context, "output", output, err));
  if (input->type == LM_INT16 && output->type == LM_INT16) {
    LM_OP_CHECK(context, lm__op_zero_point(input) == 0 && lm__op_zero_point(output) == 0,
                LM_BAD_MODEL, "int16 input has zero point %d, output %d, expected 0",
                lm__op_zero_point(input), lm__op_zero_point(output));
  }
  return lm__op_multiplier(context, (double)lm__op_scale(input) / (double)lm__op_scale(output),
                           LM_MAX_SHIFT_32, &p->factor, err);
}

static lm_status quantize_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 1, 1, 1, err));
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* output = lm_op_output(context, 0);
  void* block;
  LM_TRY(lm_op_alloc_params(context, sizeof(quantize_params), &block, err));
  quantize_params* p = block;
  if (input->type != LM_FLOAT32) {
    LM_TRY(prepare_requantize(context, p, input, output, err));
  } else {
    static const lm_type kTypes[] = {LM_INT8, LM_UINT8, LM_INT16};
    LM_TRY(lm__op_check_type(context, "output", output, kTypes, 3, err));
    LM_TRY(lm__op_channel_stride(context, "output", &output->quantization, &input->shape, &p->inner,
                                 err));
  }
  return lm_op_set_output_shape(context, 0, &input->shape, err);
}

static void quantize_float(const quantize_params* p, const lm_tensor* input,
                           const lm_tensor* output) {
  const lm_quantization* q = &output->quantization;
  const float* in = input->data;
  const int64_t count = lm_shape_count(&input->shape);
  int32_t low, high;
  lm_type_range(output->type, &low, &high);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t channel = q->count > 1 ? i / p->inner % q->count : 0;
    const int64_t rounded = lm__round_to_int(in[i] / q->scales[channel]);
    const int32_t y = lm__clamp(rounded + q->zero_points[channel], low, high);
    switch (output->type) {
      case LM_INT8:
        ((int8_t*)output->data)[i] = (int8_t)y;
        break;
      case LM_UINT8:
        ((uint8_t*)output->data)[i] = (uint8_t)y;
        break;
      default:
        ((int16_t*)output->data)[i] = (int16_t)y;
        break;
    }
  }
}

static int32_t integer_at(const lm_tensor* t, int64_t i) {
  switch (t->type) {
    case LM_INT8:
      return ((const int8_t*)t->data)[i];
    case LM_UINT8:
      return ((const uint8_t*)t->data)[i];
    case LM_INT16:
      return ((const int16_t*)t->data)[i];
    default:
      return ((const int32_t*)t->data)[i];
  }
}

static void requantize(const quantize_params* p, const lm_tensor* input, const lm_tensor* output) {
  const int64_t count = lm_shape_count(&input->shape);
  const uint32_t zero_point = (uint32_t)lm__op_zero_point(input);
  int32_t low, high;
  lm_type_range(output->type, &low, &high);
  for (int64_t i = 0; i < count; ++i) {
    const int32_t x = (int32_t)((uint32_t)integer_at(input, i) - zero_point);
    const int32_t y = lm__requantize(x, p->factor, lm__op_zero_point(output), low, high);
    switch (output->type) {
      case LM_INT8:
        ((int8_t*)output->data)[i] = (int8_t)y;
        break;
      case LM_UINT8:
        ((uint8_t*)output->data)[i] = (uint8_t)y;
        break;
      case LM_INT16:
        ((int16_t*)output->data)[i] = (int16_t)y;
        break;
      default:
        ((int32_t*)output->data)[i] = y;
        break;
    }
  }
}

static lm_status quantize_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* output = lm_op_output(context, 0);
  if (input->type == LM_FLOAT32) {
    quantize_float(lm_op_params(context), input, output);
  } else {
    requantize(lm_op_params(context), input, output);
  }
  return LM_OK;
}

const lm_op lm_op_quantize = {
    .name = "QUANTIZE",
    .builtin = LM_BUILTIN_QUANTIZE,
    .max_version = 6,
    .options = LM_OPTIONS_NONE,
    .in_place_inputs = 1u << 0,
    .prepare = quantize_prepare,
    .eval = quantize_eval,
};
