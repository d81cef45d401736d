// SPDX-License-Identifier: MIT
//
// RSQRT: 1 / square root of each element. Quantized elements must not be negative; zero gives the
// greatest value.
#include <math.h>

#include "ops/rescale.h"
#include "ops/unary.h"

LM__UNARY_ROW(rsqrt_f32, float, 1.0f / sqrtf(x))

// Bits that keep the inverse root of an integer an integer.
#define EXTRA_BITS 20

static int8_t rsqrt_qs8(const lm__unary* p, int32_t x) {
  const int32_t value = x - p->zero_in;
  if (value <= 0) return INT8_MAX;
  lm_multiplier inverse = lm__inverse_sqrt(value);
  inverse.shift += EXTRA_BITS;
  const int32_t fixed = lm_multiply(1, inverse);
  const lm_multiplier scale = {p->scale.multiplier, p->scale.shift - EXTRA_BITS};
  // A right shift past 31 bits leaves nothing.
  const int32_t scaled = scale.shift < -31 ? 0 : lm_multiply(fixed, scale);
  return (int8_t)lm__clamp((int64_t)scaled + p->zero_out, INT8_MIN, INT8_MAX);
}

static float rsqrt_or_greatest(float x, const void* context) {
  return x <= 0.0f ? (float)INT16_MAX * *(const float*)context : 1.0f / sqrtf(x);
}

static lm_status rsqrt_prepare(lm_op_context* context, lm_error* err) {
  static const lm__unary_kernel kernels[] = {
      {LM_FLOAT32, rsqrt_f32}, {LM_INT8, lm__table_row_8}, {LM_INT16, lm__table_row_16}};
  lm__unary* params;
  LM_TRY(lm__unary_prepare(context, LM__KERNELS(kernels), &params, err));
  const lm_tensor* input = lm_op_input(context, 0);
  if (input->type == LM_FLOAT32) return LM_OK;
  LM_OP_CHECK(context, lm__unary_is_quantized(context), LM_BAD_MODEL,
              "int16 input without quantization");
  const float scale_out = lm__op_scale(lm_op_output(context, 0));
  if (input->type == LM_INT16) {
    lm__unary_fill_table_16(context, rsqrt_or_greatest, &scale_out, params);
    return LM_OK;
  }
  const double real = 1.0 / (double)(sqrtf(lm__op_scale(input)) * scale_out);
  LM_TRY(lm__op_multiplier(context, real, LM_MAX_SHIFT_32, &params->scale, err));
  for (int32_t q = INT8_MIN; q <= INT8_MAX; ++q) {
    params->table.u8[(uint8_t)q] = (uint8_t)rsqrt_qs8(params, q);
  }
  return LM_OK;
}

static lm_status rsqrt_eval(lm_op_context* context, lm_error* err) {
  const lm__unary* params = lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, 0);
  const int64_t count = input->type == LM_FLOAT32 ? 0 : lm_shape_count(&input->shape);
  for (int64_t i = 0; i < count; ++i) {
    const int32_t x =
        input->type == LM_INT8 ? ((const int8_t*)input->data)[i] : ((const int16_t*)input->data)[i];
    LM_OP_CHECK(context, x >= params->zero_in, LM_BAD_INPUT,
                "element %lld is negative: %d, zero point %d", (long long)i, x, params->zero_in);
  }
  return lm__unary_eval(context, err);
}

const lm_op lm_op_rsqrt = {
    .name = "RSQRT",
    .builtin = LM_BUILTIN_RSQRT,
    .max_version = 3,
    .in_place_inputs = 1u << 0,
    .prepare = rsqrt_prepare,
    .eval = rsqrt_eval,
};
