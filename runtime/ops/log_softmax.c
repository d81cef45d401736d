// SPDX-License-Identifier: MIT
//
// LOG_SOFTMAX over the last dimension: x - max - log(sum of exp(x - max)). 8-bit outputs have the
// scale 1/16 and their largest value for 0.
#include <float.h>
#include <math.h>

#include "ops/fixed_point.h"
#include "ops/softmax_util.h"

typedef struct log_softmax_params {
  lm__softmax_scale scale;
  lm_multiplier from_q5;  // Q5 back to units of the input, shift <= 0
} log_softmax_params;

static lm_status log_softmax_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type kTypes[] = {LM_FLOAT32, LM_INT8, LM_UINT8};
  LM_TRY(lm__op_prepare_unary(context, kTypes, 3, err));
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* output = lm_op_output(context, 0);
  LM_TRY(lm__op_check_rank(context, "input", input, 1, LM_MAX_RANK, err));
  if (input->type == LM_FLOAT32) return LM_OK;
  int32_t low, high;
  lm_type_range(input->type, &low, &high);
  LM_OP_CHECK(context, lm__op_scale(output) == 16.0f / 256, LM_BAD_MODEL,
              "output has scale %g, expected %g", (double)lm__op_scale(output), 16.0 / 256);
  LM_OP_CHECK(context, lm__op_zero_point(output) == high, LM_BAD_MODEL,
              "output has zero point %d, expected %d", lm__op_zero_point(output), high);
  void* block;
  LM_TRY(lm_op_alloc_params(context, sizeof(log_softmax_params), &block, err));
  log_softmax_params* p = block;
  LM_TRY(lm__softmax_scale_make(context, 1.0, lm__op_scale(input), &p->scale, err));
  p->from_q5 = lm_multiplier_make((double)(1LL << (31 - p->scale.to_q5.shift)) /
                                  (double)p->scale.to_q5.multiplier);
  return LM_OK;
}

static void float_row(const float* in, float* out, int64_t depth) {
  float max = -FLT_MAX;
  for (int64_t i = 0; i < depth; ++i) {
    if (max < in[i]) max = in[i];
  }
  float sum = 0.0f;
  for (int64_t i = 0; i < depth; ++i) sum += expf(in[i] - max);
  const float log_sum = logf(sum);
  for (int64_t i = 0; i < depth; ++i) out[i] = in[i] - max - log_sum;
}

static void byte_row(const log_softmax_params* p, const void* in, void* out, bool is_signed,
                     int64_t depth) {
  int32_t max, sum;
  lm__softmax_sum(&p->scale, in, is_signed, depth, &max, &sum);
  const int32_t log_sum = lm__fp_log_q12(sum);
  // Differences at or below this leave the range of Q5 once the logarithm is taken off.
  const int32_t limit = lm_multiply((int32_t)(0x80000000u + (uint32_t)log_sum), p->from_q5);
  const int32_t diff_min = limit > p->scale.diff_min - 1 ? limit : p->scale.diff_min - 1;
  const int32_t low = is_signed ? INT8_MIN : 0, high = is_signed ? INT8_MAX : UINT8_MAX;
  for (int64_t i = 0; i < depth; ++i) {
    const int32_t diff = lm__softmax_at(in, is_signed, i) - max;
    int32_t q = low;
    if (diff > diff_min) {
      const uint32_t scaled = (uint32_t)lm_multiply(diff, p->scale.to_q5);
      const int32_t log = (int32_t)(scaled - (uint32_t)log_sum);
      q = lm__clamp((int64_t)lm_rounding_divide_by_pot(log, 31 - 5 - 4) + high, low, high);
    }
    if (is_signed) {
      ((int8_t*)out)[i] = (int8_t)q;
    } else {
      ((uint8_t*)out)[i] = (uint8_t)q;
    }
  }
}

static lm_status log_softmax_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm_tensor* input = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  const int64_t depth = input->shape.dims[input->shape.rank - 1];
  const int64_t count = lm_shape_count(&input->shape);
  for (int64_t at = 0; at < count; at += depth) {
    if (input->type == LM_FLOAT32) {
      float_row((const float*)input->data + at, (float*)output->data + at, depth);
    } else {
      byte_row(lm_op_params(context), (const char*)input->data + at, (char*)output->data + at,
               input->type == LM_INT8, depth);
    }
  }
  return LM_OK;
}

const lm_op lm_op_log_softmax = {
    .name = "LOG_SOFTMAX",
    .builtin = LM_BUILTIN_LOG_SOFTMAX,
    .max_version = 2,
    .options = LM_OPTIONS_NONE,
    .in_place_inputs = 1u << 0,
    .prepare = log_softmax_prepare,
    .eval = log_softmax_eval,
};
