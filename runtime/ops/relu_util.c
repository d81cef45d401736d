// SPDX-License-Identifier: MIT
#include "ops/relu_util.h"

#include <math.h>

typedef struct relu_params {
  float low, high;
  lm_multiplier factor;  // input scale to output scale
  int32_t min, max;      // in units of the output
} relu_params;

static int32_t quantize_bound(const lm_tensor* output, float bound) {
  int32_t low, high;
  lm_type_range(output->type, &low, &high);
  const int64_t q =
      (int64_t)lm__op_zero_point(output) + lm__round_to_int(bound / lm__op_scale(output));
  return lm__clamp(q, low, high);
}

lm_status lm__relu_prepare(lm_op_context* context, float low, float high, lm_error* err) {
  static const lm_type kTypes[] = {LM_FLOAT32, LM_INT8, LM_UINT8, LM_INT16};
  LM_TRY(lm__op_prepare_unary(context, kTypes, 4, err));
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* output = lm_op_output(context, 0);
  void* block;
  LM_TRY(lm_op_alloc_params(context, sizeof(relu_params), &block, err));
  relu_params* p = block;
  p->low = low;
  p->high = high;
  if (input->type == LM_FLOAT32) return LM_OK;
  if (input->type == LM_INT16) {
    LM_OP_CHECK(context, lm__op_zero_point(input) == 0 && lm__op_zero_point(output) == 0,
                LM_BAD_MODEL, "int16 input has zero point %d, output %d, expected 0",
                lm__op_zero_point(input), lm__op_zero_point(output));
  }
  p->min = quantize_bound(output, low);
  p->max = quantize_bound(output, high);
  return lm__op_multiplier(context, (double)(lm__op_scale(input) / lm__op_scale(output)),
                           LM_MAX_SHIFT_32, &p->factor, err);
}

lm_status lm__relu_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const relu_params* p = lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  const int64_t count = lm_shape_count(&input->shape);
  if (input->type == LM_FLOAT32) {
    const float* in = input->data;
    float* out = output->data;
    for (int64_t i = 0; i < count; ++i) out[i] = lm__clampf(in[i], p->low, p->high);
    return LM_OK;
  }
  const int32_t in_zero = lm__op_zero_point(input), out_zero = lm__op_zero_point(output);
#define RELU_LOOP(type)                                                                      \
  for (int64_t i = 0; i < count; ++i) {                                                      \
    const int32_t x = ((const type*)input->data)[i] - in_zero;                               \
    ((type*)output->data)[i] = (type)lm__requantize(x, p->factor, out_zero, p->min, p->max); \
  }
  switch (input->type) {
    case LM_INT8:
      RELU_LOOP(int8_t)
      break;
    case LM_UINT8:
      RELU_LOOP(uint8_t)
      break;
    default:
      RELU_LOOP(int16_t)
      break;
  }
#undef RELU_LOOP
  return LM_OK;
}
