// SPDX-License-Identifier: MIT
#include "ops/kernel_util.h"

lm_status lm__op_window(const lm_op_context* context, lm_padding padding, int32_t input,
                        int32_t filter, int32_t stride, int32_t dilation, lm_window* out_window,
                        lm_error* err) {
  lm_error inner = LM_ERROR_INIT;
  const lm_status status =
      lm_window_make(padding, input, filter, stride, dilation, out_window, &inner);
  return status == LM_OK ? LM_OK : LM_OP_FAIL(context, err, status, "%s", inner.message);
}

lm_status lm__op_activation_float(const lm_op_context* context, lm_activation activation,
                                  float* out_min, float* out_max, lm_error* err) {
  lm_error inner = LM_ERROR_INIT;
  const lm_status status = lm_activation_range_float(activation, out_min, out_max, &inner);
  return status == LM_OK ? LM_OK : LM_OP_FAIL(context, err, status, "%s", inner.message);
}

lm_status lm__op_activation_quantized(const lm_op_context* context, lm_activation activation,
                                      const lm_tensor* output, int32_t* out_min, int32_t* out_max,
                                      lm_error* err) {
  lm_error inner = LM_ERROR_INIT;
  const lm_status status =
      lm_activation_range_quantized(activation, output->type, lm__op_scale(output),
                                    lm__op_zero_point(output), out_min, out_max, &inner);
  return status == LM_OK ? LM_OK : LM_OP_FAIL(context, err, status, "%s", inner.message);
}

lm_status lm__op_multiplier(const lm_op_context* context, double real, int32_t max_shift,
                            lm_multiplier* out, lm_error* err) {
  LM_OP_CHECK(context, real >= 0.0 && isfinite(real), LM_BAD_MODEL,
              "quantization scales give the factor %g", real);
  *out = lm_multiplier_make(real);
  LM_OP_CHECK(context, out->shift <= max_shift, LM_BAD_MODEL,
              "quantization scales give the factor %g, at most 2^%d", real, max_shift);
  return LM_OK;
}

lm_status lm__op_prepare_unary(lm_op_context* context, const lm_type* types, int32_t type_count,
                               lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 1, 1, 1, err));
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* output = lm_op_output(context, 0);
  LM_TRY(lm__op_check_type(context, "input", input, types, type_count, err));
  LM_TRY(lm__op_check_same_type(context, "input", input, "output", output, err));
  if (lm__op_is_quantized_type(input->type)) {
    LM_TRY(lm__op_check_per_tensor(context, "input", input, err));
    LM_TRY(lm__op_check_per_tensor(context, "output", output, err));
  }
  return lm_op_set_output_shape(context, 0, &input->shape, err);
}

lm_status lm__op_channel_stride(const lm_op_context* context, const char* what,
                                const lm_quantization* q, const lm_shape* shape,
                                int32_t* out_stride, lm_error* err) {
  *out_stride = 1;
  LM_OP_CHECK(context, q->count > 0, LM_BAD_MODEL, "%s has no quantization parameters", what);
  if (q->count == 1) return LM_OK;
  LM_OP_CHECK(context, q->axis >= 0 && q->axis < shape->rank && shape->dims[q->axis] == q->count,
              LM_BAD_MODEL, "%s has %d quantization scales along axis %d", what, q->count, q->axis);
  int64_t stride = 1;
  for (int32_t i = q->axis + 1; i < shape->rank; ++i) {
    LM_OP_CHECK(context, shape->dims[i] == 0 || stride <= INT32_MAX / shape->dims[i],
                LM_UNSUPPORTED, "%s has more than %d elements a channel", what, INT32_MAX);
    stride *= shape->dims[i];
  }
  *out_stride = stride > 0 ? (int32_t)stride : 1;
  return LM_OK;
}
