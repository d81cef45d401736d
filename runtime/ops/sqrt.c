// SPDX-License-Identifier: MIT
//
// SQRT: square root of each element. Quantized elements must not be negative.
#include <math.h>

#include "ops/unary.h"

LM__UNARY_ROW(sqrt_f32, float, sqrtf(x))

// Single precision and truncation are those of the format's reference kernel.
static int32_t sqrt_quantized(const lm_op_context* context, int32_t x, int32_t low, int32_t high) {
  const lm__unary* p = lm_op_params(context);
  const lm_tensor* output = lm_graph_output(lm_op_graph(context), lm_op_node(context), 0);
  const float real = lm__op_scale(lm_op_input(context, 0)) * (float)(x - p->zero_in);
  const float root = sqrtf(real) / lm__op_scale(output);
  const int32_t q = root < (float)(1 << 30) ? (int32_t)root : 1 << 30;
  return lm__clamp((int64_t)q + p->zero_out, low, high);
}

static lm_status sqrt_prepare(lm_op_context* context, lm_error* err) {
  static const lm__unary_kernel kernels[] = {
      {LM_FLOAT32, sqrt_f32}, {LM_INT8, sqrt_f32}, {LM_INT16, sqrt_f32}};
  lm__unary* params;
  LM_TRY(lm__unary_prepare(context, LM__KERNELS(kernels), &params, err));
  LM_OP_CHECK(context,
              lm_op_input(context, 0)->type == LM_FLOAT32 || lm__unary_is_quantized(context),
              LM_BAD_MODEL, "int16 input without quantization");
  return LM_OK;
}

static lm_status sqrt_eval(lm_op_context* context, lm_error* err) {
  const lm__unary* params = lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  if (input->type == LM_FLOAT32) return lm__unary_eval(context, err);
  const int64_t count = lm_shape_count(&input->shape);
  for (int64_t i = 0; i < count; ++i) {
    const int32_t x =
        input->type == LM_INT8 ? ((const int8_t*)input->data)[i] : ((const int16_t*)input->data)[i];
    LM_OP_CHECK(context, x >= params->zero_in, LM_BAD_INPUT,
                "element %lld is negative: %d, zero point %d", (long long)i, x, params->zero_in);
    if (input->type == LM_INT8) {
      ((int8_t*)output->data)[i] = (int8_t)sqrt_quantized(context, x, INT8_MIN, INT8_MAX);
    } else {
      ((int16_t*)output->data)[i] = (int16_t)sqrt_quantized(context, x, INT16_MIN, INT16_MAX);
    }
  }
  return LM_OK;
}

const lm_op lm_op_sqrt = {
    .name = "SQRT",
    .builtin = LM_BUILTIN_SQRT,
    .max_version = 2,
    .in_place_inputs = 1u << 0,
    .prepare = sqrt_prepare,
    .eval = sqrt_eval,
};
