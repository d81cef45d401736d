// SPDX-License-Identifier: MIT
#include "ops/arithmetic.h"

#include <math.h>

static const lm_arithmetic_options kNoOptions = {.activation = LM_ACTIVATION_NONE};

static const lm_arithmetic_options* options_of(const lm_op_context* context) {
  const lm_arithmetic_options* options = lm_op_node(context)->def->options;
  return options != NULL ? options : &kNoOptions;
}

bool lm__arithmetic_is_quantized(const lm_op_context* context) {
  const lm_tensor* a = lm_op_input(context, 0);
  if (a->type == LM_INT16) return a->quantization.count > 0;
  return lm__op_is_quantized_type(a->type);
}

static lm_status prepare_clamps(lm_op_context* context, lm__arithmetic* params, lm_error* err) {
  const lm_activation activation = options_of(context)->activation;
  const lm_tensor* output = lm_op_output(context, 0);
  LM_TRY(lm__op_activation_float(context, activation, &params->float_min, &params->float_max, err));
  params->int_min = activation == LM_ACTIVATION_NONE ? INT64_MIN : (int64_t)params->float_min;
  params->int_max = INT64_MAX;
  if (activation == LM_ACTIVATION_RELU_N1_TO_1 || activation == LM_ACTIVATION_RELU6) {
    params->int_max = (int64_t)params->float_max;
  }
  if (!lm__arithmetic_is_quantized(context)) return LM_OK;
  LM_TRY(lm__binary_check_quantized(context, err));
  params->zero_a = lm__op_zero_point(lm_op_input(context, 0));
  params->zero_b = lm__op_zero_point(lm_op_input(context, 1));
  params->zero_out = lm__op_zero_point(output);
  LM_OP_CHECK(context,
              output->type != LM_INT16 ||
                  (params->zero_a == 0 && params->zero_b == 0 && params->zero_out == 0),
              LM_UNSUPPORTED, "int16 tensors with zero points %d, %d, %d, expected 0",
              params->zero_a, params->zero_b, params->zero_out);
  return lm__op_activation_quantized(context, activation, output, &params->quant_min,
                                     &params->quant_max, err);
}

lm_status lm__arithmetic_prepare(lm_op_context* context, const lm__arithmetic_rows* rows,
                                 lm__arithmetic** out_params, lm_error* err) {
  *out_params = NULL;
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  const lm_tensor* a = lm_op_input(context, 0);
  lm__row row = NULL;
  switch (a->type) {
    case LM_FLOAT32:
      row = rows->f32;
      break;
    case LM_INT32:
      row = rows->i32;
      break;
    case LM_INT64:
      row = rows->i64;
      break;
    case LM_UINT8:
      row = rows->quant_u8;
      break;
    case LM_INT8:
      row = rows->quant_i8;
      break;
    case LM_INT16:
      row = lm__arithmetic_is_quantized(context) ? rows->quant_i16 : rows->i16;
      break;
    default:
      break;
  }
  LM_OP_CHECK(context, row != NULL, LM_UNSUPPORTED, "inputs of type %s%s are not supported",
              lm_type_name(a->type),
              a->type == LM_INT16 && a->quantization.count == 0 ? " without quantization" : "");
  const lm__binary_kernel kernel = {a->type, a->type, row};
  void* memory;
  LM_TRY(lm__binary_prepare(context, &kernel, 1, sizeof(lm__arithmetic), &memory, err));
  LM_TRY(prepare_clamps(context, memory, err));
  *out_params = memory;
  return LM_OK;
}

// Exponent of a scale that is a power of two, in the precision that the format's kernels ask for.
static bool log2_of_scale(float scale, int32_t* out_exponent) {
  const float exponent = logf(scale) * (1.0f / logf(2.0f));
  *out_exponent = (int32_t)roundf(exponent);
  return fabsf(exponent - roundf(exponent)) < 1e-3f;
}

static lm_status prepare_power_of_two(lm_op_context* context, lm__arithmetic* params,
                                      int32_t exponent_a, int32_t exponent_b, int32_t exponent_out,
                                      lm__row row, lm_error* err) {
  params->right_a = exponent_out - exponent_a;
  params->right_b = exponent_out - exponent_b;
  LM_OP_CHECK(context,
              params->right_a >= 0 && params->right_b >= 0 &&
                  (params->right_a == 0 || params->right_b == 0) && params->right_a <= 31 &&
                  params->right_b <= 31,
              LM_UNSUPPORTED, "int16 scales 2^%d, 2^%d and output scale 2^%d", exponent_a,
              exponent_b, exponent_out);
  params->base.row = row;
  return LM_OK;
}

lm_status lm__arithmetic_prepare_sum(lm_op_context* context, lm__arithmetic* params,
                                     lm__row pot_row, lm_error* err) {
  const float scale_a = lm__op_scale(lm_op_input(context, 0));
  const float scale_b = lm__op_scale(lm_op_input(context, 1));
  const lm_tensor* output = lm_op_output(context, 0);
  const float scale_out = lm__op_scale(output);
  if (output->type == LM_INT16 && options_of(context)->pot_scale_int16) {
    int32_t a, b, out;
    const bool pot_a = log2_of_scale(scale_a, &a);
    const bool pot_b = log2_of_scale(scale_b, &b);
    if (log2_of_scale(scale_out, &out) && pot_a && pot_b) {
      return prepare_power_of_two(context, params, a, b, out, pot_row, err);
    }
  }
  params->left_shift = output->type == LM_INT16 ? 15 : 20;
  const double twice_max = (double)(2 * (scale_a > scale_b ? scale_a : scale_b));
  const double divisor = (double)((float)(1 << params->left_shift) * scale_out);
  LM_TRY(lm__op_multiplier(context, (double)scale_a / twice_max, LM_MAX_SHIFT_32, &params->scale_a,
                           err));
  LM_TRY(lm__op_multiplier(context, (double)scale_b / twice_max, LM_MAX_SHIFT_32, &params->scale_b,
                           err));
  return lm__op_multiplier(context, twice_max / divisor, LM_MAX_SHIFT_32, &params->scale_out, err);
}
