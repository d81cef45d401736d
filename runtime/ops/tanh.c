// SPDX-License-Identifier: MIT
//
// TANH: the hyperbolic tangent.
#include <math.h>

#include "ops/sigmoid16.h"
#include "ops/unary_table.h"

static lm_status prepare_int16(lm_op_context* context, lm_error* err) {
  static const lm_type kTypes[] = {LM_INT16};
  LM_TRY(lm__op_prepare_unary(context, kTypes, 1, err));
  void* block;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__sigmoid16), &block, err));
  return lm__sigmoid16_prepare(context, lm_op_input(context, 0), lm_op_output(context, 0), 1, block,
                               err);
}

static void eval_int16(lm_op_context* context) {
  const lm__sigmoid16* params = lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, 0);
  const int16_t* in = input->data;
  int16_t* out = lm_op_output(context, 0)->data;
  const int64_t count = lm_shape_count(&input->shape);
  for (int64_t i = 0; i < count; ++i) out[i] = lm__sigmoid16_tanh(params, in[i]);
}

static lm_status tanh_prepare(lm_op_context* context, lm_error* err) {
  const lm_tensor* input = lm_op_input(context, 0);
  if (input != NULL && input->type == LM_INT16) return prepare_int16(context, err);
  return lm__unary_table_prepare(context, tanhf, err);
}

static lm_status tanh_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  if (lm_op_input(context, 0)->type == LM_INT16) {
    eval_int16(context);
  } else {
    lm__unary_table_eval(context, tanhf);
  }
  return LM_OK;
}

const lm_op lm_op_tanh = {
    .name = "TANH",
    .builtin = LM_BUILTIN_TANH,
    .max_version = 3,
    .options = LM_OPTIONS_NONE,
    .in_place_inputs = 1u << 0,
    .prepare = tanh_prepare,
    .eval = tanh_eval,
};
