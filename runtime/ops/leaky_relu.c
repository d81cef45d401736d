// SPDX-License-Identifier: MIT
//
// LEAKY_RELU: x, or alpha * x where x is negative. Alpha may itself be negative.
#include <math.h>

#include "ops/kernel_util.h"

typedef struct leaky_relu_params {
  lm_multiplier identity;  // input scale to output scale
  lm_multiplier alpha;     // the same times |alpha|
  bool negative_alpha;
} leaky_relu_params;

static lm_status leaky_relu_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type kTypes[] = {LM_FLOAT32, LM_INT8, LM_UINT8, LM_INT16};
  LM_TRY(lm__op_prepare_unary(context, kTypes, 4, err));
  const lm_leaky_relu_options* options = lm_op_node(context)->def->options;
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* output = lm_op_output(context, 0);
  if (input->type == LM_FLOAT32) return LM_OK;
  if (input->type == LM_INT16) {
    LM_OP_CHECK(context, lm__op_zero_point(input) == 0 && lm__op_zero_point(output) == 0,
                LM_BAD_MODEL, "int16 input has zero point %d, output %d, expected 0",
                lm__op_zero_point(input), lm__op_zero_point(output));
  }
  void* block;
  LM_TRY(lm_op_alloc_params(context, sizeof(leaky_relu_params), &block, err));
  leaky_relu_params* p = block;
  const float alpha = lm__op_scale(input) * options->alpha / lm__op_scale(output);
  p->negative_alpha = alpha < 0;
  LM_TRY(lm__op_multiplier(context, fabs((double)alpha), LM_MAX_SHIFT_32, &p->alpha, err));
  return lm__op_multiplier(context, (double)(lm__op_scale(input) / lm__op_scale(output)),
                           LM_MAX_SHIFT_32, &p->identity, err);
}

static int32_t scaled(const leaky_relu_params* p, int32_t x) {
  if (x >= 0) return lm_multiply(x, p->identity);
  const int32_t y = lm_multiply(x, p->alpha);
  return p->negative_alpha ? (int32_t)(0u - (uint32_t)y) : y;
}

static lm_status leaky_relu_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const leaky_relu_params* p = lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  const int64_t count = lm_shape_count(&input->shape);
  if (input->type == LM_FLOAT32) {
    const float alpha = ((const lm_leaky_relu_options*)lm_op_node(context)->def->options)->alpha;
    const float* in = input->data;
    float* out = output->data;
    for (int64_t i = 0; i < count; ++i) out[i] = in[i] > 0 ? in[i] : in[i] * alpha;
    return LM_OK;
  }
  const int32_t in_zero = lm__op_zero_point(input), out_zero = lm__op_zero_point(output);
  int32_t low, high;
  lm_type_range(output->type, &low, &high);
#define LEAKY_RELU_LOOP(type)                                             \
  for (int64_t i = 0; i < count; ++i) {                                   \
    const int64_t y = scaled(p, ((const type*)input->data)[i] - in_zero); \
    ((type*)output->data)[i] = (type)lm__clamp(y + out_zero, low, high);  \
  }
  switch (input->type) {
    case LM_INT8:
      LEAKY_RELU_LOOP(int8_t)
      break;
    case LM_UINT8:
      LEAKY_RELU_LOOP(uint8_t)
      break;
    default:
      LEAKY_RELU_LOOP(int16_t)
      break;
  }
#undef LEAKY_RELU_LOOP
  return LM_OK;
}

const lm_op lm_op_leaky_relu = {
    .name = "LEAKY_RELU",
    .builtin = LM_BUILTIN_LEAKY_RELU,
    .max_version = 2,
    .options = LM_OPTIONS_LEAKY_RELU,
    .in_place_inputs = 1u << 0,
    .prepare = leaky_relu_prepare,
    .eval = leaky_relu_eval,
};
