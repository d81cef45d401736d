// SPDX-License-Identifier: MIT
//
// MEAN over axes. Float sums in the order of the input; quantized tensors are rescaled with the
// division folded into the multiplier.
#include <math.h>
#include <string.h>

#include "ops/reduce_util.h"

LM__REDUCE_ROW(add_f32, float, float, a + x)
LM__REDUCE_ROW(add_i32, int32_t, int64_t, a + x)
LM__REDUCE_ROW(add_i64, int64_t, int64_t, (uint64_t)a + (uint64_t)x)

static lm_status mean_prepare(lm_op_context* context, lm_error* err) {
  static const lm__reduce_kernel kernels[] = {
      {LM_FLOAT32, add_f32},      {LM_INT32, add_i32},       {LM_INT64, add_i64},
      {LM_UINT8, lm__sum_row_u8}, {LM_INT8, lm__sum_row_i8}, {LM_INT16, lm__sum_row_i16}};
  void* params;
  LM_TRY(lm__reduce_prepare(context, kernels, LM__COUNT_OF(kernels), sizeof(lm__quantized_sum),
                            &params, err));
  const lm_type type = lm_op_input(context, 0)->type;
  if (lm__op_is_quantized_type(type)) return lm__quantized_sum_prepare(context, params, true, err);
  return type == LM_INT32 ? lm__reduce_request(context, params, sizeof(int64_t), err) : LM_OK;
}

static void mean_f32(lm_op_context* context) {
  const lm__reduce* reduce = lm_op_params(context);
  float* out = lm_op_output(context, 0)->data;
  const float initial = reduce->reduced == 0 ? NAN : 0.0f;
  lm__reduce_into_output(context, &initial);
  if (reduce->reduced == 0) return;
  for (int64_t i = 0; i < reduce->output_count; ++i) out[i] /= (float)reduce->reduced;
}

static void mean_i64(lm_op_context* context) {
  const lm__reduce* reduce = lm_op_params(context);
  int64_t* out = lm_op_output(context, 0)->data;
  const int64_t initial = 0;
  lm__reduce_into_output(context, &initial);
  for (int64_t i = 0; reduce->reduced > 0 && i < reduce->output_count; ++i) {
    out[i] /= reduce->reduced;
  }
}

static void mean_i32(lm_op_context* context) {
  const lm__reduce* reduce = lm_op_params(context);
  int32_t* out = lm_op_output(context, 0)->data;
  if (reduce->output_count == 0) return;
  int64_t* sums = lm_op_scratch(context, reduce->scratch);
  memset(sums, 0, (size_t)reduce->output_count * sizeof *sums);
  lm__reduce_run(reduce, lm_op_input(context, 0), sums, sizeof *sums, reduce);
  for (int64_t i = 0; i < reduce->output_count; ++i) {
    out[i] = reduce->reduced > 0 ? (int32_t)(sums[i] / reduce->reduced) : 0;
  }
}

static lm_status mean_eval(lm_op_context* context, lm_error* err) {
  switch (lm_op_input(context, 0)->type) {
    case LM_FLOAT32:
      mean_f32(context);
      return LM_OK;
    case LM_INT32:
      mean_i32(context);
      return LM_OK;
    case LM_INT64:
      mean_i64(context);
      return LM_OK;
    default:
      return lm__quantized_sum_eval(context, err);
  }
}

const lm_op lm_op_mean = {
    .name = "MEAN",
    .builtin = LM_BUILTIN_MEAN,
    .max_version = 3,
    .options = LM_OPTIONS_REDUCER,
    .options_optional = true,
    .prepare = mean_prepare,
    .eval = mean_eval,
};
