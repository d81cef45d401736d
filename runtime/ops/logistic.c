// SPDX-License-Identifier: MIT
//
// LOGISTIC: 1 / (1 + exp(-x)). 8-bit outputs have the scale 1/256.
#include <math.h>

#include "ops/sigmoid16.h"
#include "ops/unary_table.h"

static float plain_logistic(float x) { return 1.0f / (1.0f + expf(-x)); }

// LiteRT's float kernel cuts both ends off.
static float logistic(float x) {
  if (x > 16.619047164916992188f) return 1.0f;
  if (x < -9.0f) return expf(x);
  return plain_logistic(x);
}

static lm_status prepare_int16(lm_op_context* context, lm_error* err) {
  static const lm_type kTypes[] = {LM_INT16};
  LM_TRY(lm__op_prepare_unary(context, kTypes, 1, err));
  void* block;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__sigmoid16), &block, err));
  return lm__sigmoid16_prepare(context, lm_op_input(context, 0), lm_op_output(context, 0), 0, block,
                               err);
}

static void eval_int16(lm_op_context* context) {
  const lm__sigmoid16* params = lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, 0);
  const int16_t* in = input->data;
  int16_t* out = lm_op_output(context, 0)->data;
  const int64_t count = lm_shape_count(&input->shape);
  for (int64_t i = 0; i < count; ++i) out[i] = lm__sigmoid16_logistic(params, in[i]);
}

static lm_status logistic_prepare(lm_op_context* context, lm_error* err) {
  const lm_tensor* input = lm_op_input(context, 0);
  if (input != NULL && input->type == LM_INT16) return prepare_int16(context, err);
  LM_TRY(lm__unary_table_prepare(context, plain_logistic, err));
  const lm_tensor* output = lm_op_output(context, 0);
  LM_OP_CHECK(context, output->type == LM_FLOAT32 || lm__op_scale(output) == 1.0f / 256,
              LM_BAD_MODEL, "output has scale %g, expected %g", (double)lm__op_scale(output),
              1.0 / 256);
  return LM_OK;
}

static lm_status logistic_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  if (lm_op_input(context, 0)->type == LM_INT16) {
    eval_int16(context);
  } else {
    lm__unary_table_eval(context, logistic);
  }
  return LM_OK;
}

const lm_op lm_op_logistic = {
    .name = "LOGISTIC",
    .builtin = LM_BUILTIN_LOGISTIC,
    .max_version = 3,
    .options = LM_OPTIONS_NONE,
    .in_place_inputs = 1u << 0,
    .prepare = logistic_prepare,
    .eval = logistic_eval,
};
