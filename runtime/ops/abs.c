// SPDX-License-Identifier: MIT
//
// ABS: magnitude of each element.
#include <math.h>

#include "ops/unary.h"

static inline int32_t abs_quantized(const lm__unary* p, int32_t x, int32_t low, int32_t high) {
  int32_t value = x - p->zero_in;
  if (value < 0) value = -value;
  if (p->rescale) value = lm_multiply(value, p->scale);
  return lm__clamp((int64_t)value + p->zero_out, low, high);
}

LM__UNARY_ROW(abs_f32, float, fabsf(x))
LM__UNARY_ROW(abs_i32, int32_t, x < 0 ? 0u - (uint32_t)x : (uint32_t)x)
LM__UNARY_ROW(abs_i16, int16_t, x < 0 ? -x : x)
LM__UNARY_ROW(abs_qs8, int8_t, abs_quantized(params, x, INT8_MIN, INT8_MAX))
LM__UNARY_ROW(abs_qs16, int16_t, abs_quantized(params, x, INT16_MIN, INT16_MAX))

static lm_status abs_prepare(lm_op_context* context, lm_error* err) {
  static const lm__unary_kernel kernels[] = {
      {LM_FLOAT32, abs_f32}, {LM_INT32, abs_i32}, {LM_INT16, abs_i16}, {LM_INT8, abs_qs8}};
  lm__unary* params;
  LM_TRY(lm__unary_prepare(context, LM__KERNELS(kernels), &params, err));
  if (!lm__unary_is_quantized(context)) return LM_OK;
  if (lm_op_input(context, 0)->type == LM_INT16) params->row = abs_qs16;
  const float scale_in = lm__op_scale(lm_op_input(context, 0));
  const float scale_out = lm__op_scale(lm_op_output(context, 0));
  params->rescale = scale_in != scale_out;
  return lm__op_multiplier(context, (double)(scale_in / scale_out), LM_MAX_SHIFT_32, &params->scale,
                           err);
}

const lm_op lm_op_abs = {
    .name = "ABS",
    .builtin = LM_BUILTIN_ABS,
    .max_version = 5,
    .in_place_inputs = 1u << 0,
    .prepare = abs_prepare,
    .eval = lm__unary_eval,
};
