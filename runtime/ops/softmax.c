// SPDX-License-Identifier: MIT
//
// SOFTMAX over the last dimension: exp(beta * x) / sum. float32 in float; int8 and uint8 in fixed
// point (fixed_point.h) with outputs of scale 1/256; int16 through two interpolated tables, for exp
// and for 1 / (1 + x), with outputs of scale 1/32768.
#include <float.h>
#include <math.h>

#include "ops/fixed_point.h"
#include "ops/softmax_util.h"
#include "ops/unary_table.h"

typedef struct softmax_params {
  float beta;
  lm__softmax_scale scale;  // 8 bits
  lm_multiplier to_table;   // 16 bits: difference to units of the table of exp
  int16_t exp_table[LM_TABLE16_SIZE];
  int16_t inverse_table[LM_TABLE16_SIZE];
} softmax_params;

static double one_over_one_plus(double x) { return 1.0 / (1.0 + x); }

static lm_status prepare_int16(lm_op_context* context, softmax_params* p, const lm_tensor* input,
                               lm_error* err) {
  // The table of exp covers [-10, 0]: what lies below is nothing in 15 bits.
  LM_TRY(lm__op_multiplier(context, (double)(lm__op_scale(input) * p->beta) / (10.0 / 65535.0),
                           LM_MAX_SHIFT_32, &p->to_table, err));
  lm__unary_table16_fill(10.0 / 65535, INT16_MAX, 2.0 / 65535, 0, exp, p->exp_table);
  lm__unary_table16_fill(1.0 / 65535, INT16_MIN, 2.0 / 65535, 0, one_over_one_plus,
                         p->inverse_table);
  return LM_OK;
}

static lm_status check_output(const lm_op_context* context, const lm_tensor* input,
                              const lm_tensor* output, lm_error* err) {
  if (input->type == LM_UINT8) return LM_OK;  // old files state other scales; 1/256 is meant
  const bool wide = input->type == LM_INT16;
  const float scale = wide ? 1.0f / 32768 : 1.0f / 256;
  const int32_t zero_point = wide ? 0 : INT8_MIN;
  LM_OP_CHECK(context, fabsf(lm__op_scale(output) - scale) <= 0.001f * scale, LM_BAD_MODEL,
              "output has scale %g, expected %g", (double)lm__op_scale(output), (double)scale);
  LM_OP_CHECK(context, lm__op_zero_point(output) == zero_point, LM_BAD_MODEL,
              "output has zero point %d, expected %d", lm__op_zero_point(output), zero_point);
  LM_OP_CHECK(context, !wide || lm__op_zero_point(input) == 0, LM_BAD_MODEL,
              "input has zero point %d, expected 0", lm__op_zero_point(input));
  return LM_OK;
}

static lm_status softmax_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type kTypes[] = {LM_FLOAT32, LM_INT8, LM_UINT8, LM_INT16};
  LM_TRY(lm__op_prepare_unary(context, kTypes, 4, err));
  const lm_tensor* input = lm_op_input(context, 0);
  LM_TRY(lm__op_check_rank(context, "input", input, 1, LM_MAX_RANK, err));
  void* block;
  LM_TRY(lm_op_alloc_params(context, sizeof(softmax_params), &block, err));
  softmax_params* p = block;
  p->beta = ((const lm_softmax_options*)lm_op_node(context)->def->options)->beta;
  if (input->type == LM_FLOAT32) return LM_OK;
  LM_TRY(check_output(context, input, lm_op_output(context, 0), err));
  if (input->type == LM_INT16) return prepare_int16(context, p, input, err);
  return lm__softmax_scale_make(context, p->beta, lm__op_scale(input), &p->scale, err);
}

static void float_row(const softmax_params* p, const float* in, float* out, int64_t depth) {
  float max = -FLT_MAX;
  for (int64_t i = 0; i < depth; ++i) {
    if (max < in[i]) max = in[i];
  }
  float sum = 0.0f;
  for (int64_t i = 0; i < depth; ++i) {
    out[i] = expf((in[i] - max) * p->beta);
    sum += out[i];
  }
  for (int64_t i = 0; i < depth; ++i) out[i] /= sum;
}

static void byte_row(const softmax_params* p, const void* in, void* out, bool is_signed,
                     int64_t depth) {
  int32_t max, sum;
  lm__softmax_sum(&p->scale, in, is_signed, depth, &max, &sum);
  const int32_t zeros = lm__fp_leading_zeros((uint32_t)sum);  // the sum is at least 1.0
  const int32_t inverse =
      lm_fixed_one_over_one_plus((int32_t)(((uint32_t)sum << zeros) - 0x80000000u));
  const int32_t exponent = 12 - zeros + 31 - 8;
  for (int64_t i = 0; i < depth; ++i) {
    const int32_t diff = lm__softmax_at(in, is_signed, i) - max;
    int32_t q = 0;
    // Beyond an exponent of 31 every share rounds to 0.
    if (diff >= p->scale.diff_min && exponent <= 31) {
      const int32_t e = lm_fixed_exp_q5(lm_multiply(diff, p->scale.to_q5));
      q = lm_rounding_divide_by_pot(lm_srdhm(inverse, e), exponent);
    }
    q = q > 255 ? 255 : q;
    if (is_signed) {
      ((int8_t*)out)[i] = (int8_t)(q - 128);
    } else {
      ((uint8_t*)out)[i] = (uint8_t)q;
    }
  }
}

// Reads element i before it writes it, and keeps the exponentials in the output meanwhile.
static void int16_row(const softmax_params* p, const int16_t* in, int16_t* out, int64_t depth) {
  int32_t max = INT16_MIN;
  for (int64_t i = 0; i < depth; ++i) {
    if (in[i] > max) max = in[i];
  }
  int64_t total = 0;
  for (int64_t i = 0; i < depth; ++i) {
    const int64_t at = (int64_t)lm_multiply(in[i] - max, p->to_table) + INT16_MAX;
    out[i] = lm__unary_table16_at(p->exp_table, (int16_t)lm__clamp(at, INT16_MIN, INT16_MAX));
    total += out[i];
  }
  const int32_t sum = total > INT32_MAX ? INT32_MAX : (int32_t)total;
  const int32_t zeros = lm__fp_leading_zeros((uint32_t)sum);  // the sum is at least 32767
  // sum = 2^k * (1 + x); the table of 1 / (1 + x) takes x from [0, 1) centred on 0.
  const int64_t shifted = (((int64_t)sum << (zeros - 1)) + (1 << 13)) >> 14;
  const int64_t x = shifted - ((1 << 15) + (1 << 16));
  const int64_t inverse =
      lm__unary_table16_at(p->inverse_table, (int16_t)lm__clamp(x, INT16_MIN, INT16_MAX));
  const int32_t shift = 31 - zeros;
  for (int64_t i = 0; i < depth; ++i) {
    const int64_t share = (out[i] * inverse + (1LL << (shift - 1))) >> shift;
    out[i] = (int16_t)lm__clamp(share, 0, INT16_MAX);
  }
}

static lm_status softmax_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const softmax_params* p = lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  const int64_t depth = input->shape.dims[input->shape.rank - 1];
  const int64_t count = lm_shape_count(&input->shape);
  for (int64_t at = 0; at < count; at += depth) {
    switch (input->type) {
      case LM_FLOAT32:
        float_row(p, (const float*)input->data + at, (float*)output->data + at, depth);
        break;
      case LM_INT16:
        int16_row(p, (const int16_t*)input->data + at, (int16_t*)output->data + at, depth);
        break;
      default:
        byte_row(p, (const char*)input->data + at, (char*)output->data + at, input->type == LM_INT8,
                 depth);
        break;
    }
  }
  return LM_OK;
}

const lm_op lm_op_softmax = {
    .name = "SOFTMAX",
    .builtin = LM_BUILTIN_SOFTMAX,
    .max_version = 3,
    .options = LM_OPTIONS_SOFTMAX,
    .in_place_inputs = 1u << 0,
    .prepare = softmax_prepare,
    .eval = softmax_eval,
};
