// SPDX-License-Identifier: MIT
//
// FULLY_CONNECTED: rows of the input times rows of the filter [units, depth], plus bias [units].
// Integer nodes rescale in double precision, round(sum * scale), as LiteRT's reference kernel does;
// the fixed-point multipliers of the convolutions would differ in some last digits.
#include <math.h>

#include "base/checked.h"
#include "ops/conv_util.h"

typedef struct fc_params {
  lm__conv_kind kind;
  int64_t rows;
  int32_t depth, units;
  int32_t input_zero, filter_zero, output_zero;
  int32_t min, max;
  float float_min, float_max;
  bool bias64;
  lm__hybrid hybrid;
  double factors[];  ///< [units], integer kinds only
} fc_params;

// Shape of the output: rows x units, or the input's with another last dimension.
static lm_status infer_shape(lm_op_context* context, const lm_fully_connected_options* options,
                             const lm_tensor* input, const lm_tensor* filter, lm_shape* out,
                             int64_t* out_rows, lm_error* err) {
  const int32_t units = filter->shape.dims[0], depth = filter->shape.dims[1];
  LM_OP_CHECK(context, depth > 0, LM_BAD_MODEL, "filter depth is %d", depth);
  const int64_t count = lm_shape_count(&input->shape);
  LM_OP_CHECK(context, count % depth == 0, LM_BAD_MODEL,
              "input of %lld elements does not divide into rows of %d", (long long)count, depth);
  *out_rows = count / depth;
  if (options->keep_num_dims) {
    const int32_t rank = input->shape.rank;
    LM_OP_CHECK(context, rank > 0 && input->shape.dims[rank - 1] == depth, LM_BAD_MODEL,
                "input depth %d, filter depth %d", rank > 0 ? input->shape.dims[rank - 1] : 0,
                depth);
    *out = input->shape;
    out->dims[rank - 1] = units;
    return LM_OK;
  }
  LM_OP_CHECK(context, *out_rows <= INT32_MAX, LM_BAD_MODEL, "%lld rows", (long long)*out_rows);
  *out = (lm_shape){.rank = 2, .dims = {(int32_t)*out_rows, units}};
  return LM_OK;
}

static lm_status prepare_integer(lm_op_context* context, fc_params* p, const lm_tensor* input,
                                 const lm_tensor* filter, const lm_tensor* bias,
                                 lm_activation activation, lm_error* err) {
  const lm_tensor* output = lm_op_output(context, 0);
  p->input_zero = lm__op_zero_point(input);
  p->output_zero = lm__op_zero_point(output);
  p->bias64 = p->kind == LM__CONV_INT16 && (bias == NULL || bias->type == LM_INT64);
  if (filter->quantization.count == 1) {
    p->filter_zero = lm__op_zero_point(filter);
    LM_TRY(lm__conv_check_bias_scale(context, input, filter, bias, output, err));
  }
  for (int32_t u = 0; u < p->units; ++u) {
    p->factors[u] = (double)lm__op_scale(input) * (double)lm__filter_scale(filter, u) /
                    (double)lm__op_scale(output);
  }
  return lm__op_activation_quantized(context, activation, output, &p->min, &p->max, err);
}

static lm_status fc_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 2, 3, 1, err));
  const lm_fully_connected_options* options = lm_op_node(context)->def->options;
  LM_OP_CHECK(context, options->weights_format == 0, LM_UNSUPPORTED,
              "weights format %d is not supported", options->weights_format);
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* filter = lm_op_input(context, 1);
  const lm_tensor* bias = lm_op_input(context, 2);
  LM_TRY(lm__op_check_rank(context, "filter", filter, 2, 2, err));
  lm__conv_kind kind;
  LM_TRY(lm__conv_kind_of(context, input, filter, lm_op_output(context, 0), &kind, err));
  lm_shape shape;
  int64_t rows;
  LM_TRY(infer_shape(context, options, input, filter, &shape, &rows, err));
  const int32_t units = filter->shape.dims[0];
  LM_TRY(lm__conv_check_bias(context, kind, bias, units, err));
  LM_TRY(lm__fc_check_quantization(context, kind, input, filter, units, err));

  const bool integer = kind != LM__CONV_FLOAT && kind != LM__CONV_HYBRID;
  size_t bytes = 0;
  LM_OP_CHECK(context,
              lm__checked_mul(integer ? (size_t)units : 0, sizeof(double), &bytes) &&
                  lm__checked_add(bytes, sizeof(fc_params), &bytes),
              LM_BAD_MODEL, "%d units", units);
  void* block;
  LM_TRY(lm_op_alloc_params(context, bytes, &block, err));
  fc_params* p = block;
  p->kind = kind;
  p->rows = rows;
  p->depth = filter->shape.dims[1];
  p->units = units;
  if (integer) {
    LM_TRY(prepare_integer(context, p, input, filter, bias, options->activation, err));
  } else {
    LM_TRY(lm__op_activation_float(context, options->activation, &p->float_min, &p->float_max, err));
  }
  if (kind == LM__CONV_HYBRID) {
    LM_OP_CHECK(context, rows <= INT32_MAX, LM_BAD_MODEL, "%lld rows", (long long)rows);
    LM_TRY(lm__hybrid_prepare(context, input, (int32_t)rows, options->asymmetric_quantize_inputs,
                              &p->hybrid, err));
  }
  return lm_op_set_output_shape(context, 0, &shape, err);
}
