// SPDX-License-Identifier: MIT
//
// REDUCE_PROD: the product over axes. A quantized product is rescaled after every factor, by the
// n-th root of the whole scale, so that it stays in 32 bits.
#include <math.h>
#include <string.h>

#include "ops/copy_util.h"
#include "ops/reduce_util.h"

typedef struct prod_params {
  lm__reduce reduce;
  bool quantized;
  lm_multiplier scale;
  int32_t zero_in, zero_out;
} prod_params;

LM__REDUCE_ROW(mul_f32, float, float, a* x)
LM__REDUCE_ROW(mul_i32, int32_t, int32_t, (uint32_t)a*(uint32_t)x)
LM__REDUCE_ROW(mul_i64, int64_t, int64_t, (uint64_t)a*(uint64_t)x)
LM__REDUCE_ROW(mul_u8, uint8_t, uint8_t, (uint32_t)a*(uint32_t)x)
LM__REDUCE_ROW(mul_i8, int8_t, int8_t, (uint32_t)a*(uint32_t)x)
LM__REDUCE_ROW(mul_i16, int16_t, int16_t, (uint32_t)a*(uint32_t)x)

// An accumulator that no factor has reached yet; products fit 32 bits.
#define NOTHING_YET INT64_MIN

static int64_t next_product(const prod_params* p, int64_t current, int32_t x) {
  const int32_t factor = x - p->zero_in;
  if (current == NOTHING_YET) return factor;
  return lm__multiply64(current * factor, p->scale);
}

#define QUANTIZED_ROW(name, T)                                                                   \
  static void name(void* acc, int64_t step, const void* in, int64_t count, const void* params) { \
    const T* values = in;                                                                        \
    int64_t* products = acc;                                                                     \
    for (int64_t i = 0; i < count; ++i) {                                                        \
      products[i * step] = next_product(params, products[i * step], values[i]);                  \
    }                                                                                            \
  }
QUANTIZED_ROW(product_i8, int8_t)
QUANTIZED_ROW(product_i16, int16_t)

static lm_status prepare_quantized(lm_op_context* context, prod_params* params, lm_error* err) {
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* output = lm_op_output(context, 0);
  LM_OP_CHECK(context, input->type != LM_UINT8, LM_UNSUPPORTED,
              "quantized input of type uint8 is not supported");
  LM_TRY(lm__op_check_per_tensor(context, "input", input, err));
  LM_TRY(lm__op_check_per_tensor(context, "output", output, err));
  params->quantized = true;
  params->reduce.row = input->type == LM_INT8 ? product_i8 : product_i16;
  params->zero_in = lm__op_zero_point(input);
  params->zero_out = lm__op_zero_point(output);
  if (params->reduce.reduced > 0) {
    const double root = pow((double)lm__op_scale(output), 1.0 / (double)params->reduce.reduced);
    LM_TRY(lm__op_multiplier(context, (double)lm__op_scale(input) / root, LM_MAX_SHIFT_64,
                             &params->scale, err));
  }
  return lm__reduce_request(context, &params->reduce, sizeof(int64_t), err);
}

static lm_status reduce_prod_prepare(lm_op_context* context, lm_error* err) {
  static const lm__reduce_kernel kernels[] = {{LM_FLOAT32, mul_f32}, {LM_INT32, mul_i32},
                                              {LM_INT64, mul_i64},   {LM_UINT8, mul_u8},
                                              {LM_INT8, mul_i8},     {LM_INT16, mul_i16}};
  void* params;
  LM_TRY(lm__reduce_prepare(context, kernels, LM__COUNT_OF(kernels), sizeof(prod_params), &params,
                            err));
  const lm_tensor* input = lm_op_input(context, 0);
  if (!lm__op_is_quantized_type(input->type) || input->quantization.count == 0) return LM_OK;
  return prepare_quantized(context, params, err);
}

static void eval_quantized(lm_op_context* context, const prod_params* params) {
  const int64_t count = params->reduce.output_count;
  if (count == 0) return;
  if (params->reduce.reduced == 0) {
    memset(lm_op_output(context, 0)->data, 0, lm_op_output(context, 0)->bytes);
    return;
  }
  int64_t* products = lm_op_scratch(context, params->reduce.scratch);
  for (int64_t i = 0; i < count; ++i) products[i] = NOTHING_YET;
  lm__reduce_run(&params->reduce, lm_op_input(context, 0), products, sizeof *products, params);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t q = (int64_t)lm__multiply64(products[i], params->scale) + params->zero_out;
    lm__store_quantized(lm_op_output(context, 0), i, lm__clamp(q, INT32_MIN, INT32_MAX));
  }
}

static lm_status reduce_prod_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const prod_params* params = lm_op_params(context);
  static const float one_f32 = 1.0f;
  static const int32_t one_i32 = 1;
  static const int64_t one_i64 = 1;
  static const int16_t one_i16 = 1;
  static const int8_t one_i8 = 1;
  if (params->quantized) {
    eval_quantized(context, params);
    return LM_OK;
  }
  const void* one = &one_i8;
  switch (lm_op_input(context, 0)->type) {
    case LM_FLOAT32:
      one = &one_f32;
      break;
    case LM_INT32:
      one = &one_i32;
      break;
    case LM_INT64:
      one = &one_i64;
      break;
    case LM_INT16:
      one = &one_i16;
      break;
    default:
      break;
  }
  lm__reduce_into_output(context, one);
  return LM_OK;
}

const lm_op lm_op_reduce_prod = {
    .name = "REDUCE_PROD",
    .builtin = LM_BUILTIN_REDUCE_PROD,
    .max_version = 2,
    .options = LM_OPTIONS_REDUCER,
    .options_optional = true,
    .prepare = reduce_prod_prepare,
    .eval = reduce_prod_eval,
};
