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
    p->factors[u] = lm_product_factor(&input->quantization, &filter->quantization,
                                      &output->quantization, u, false);
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
  int64_t rows = 0;
  LM_TRY(infer_shape(context, options, input, filter, &shape, &rows, err));
  const int32_t units = filter->shape.dims[0];
  LM_TRY(lm__conv_check_bias(context, kind, bias, units, err));
  // One scale may come with a zero point here; the convolutions have none for int8.
  const bool zero_point = kind != LM__CONV_HYBRID && filter->quantization.count == 1;
  LM_TRY(lm__conv_check_quantization(context, kind, input, filter, lm_op_output(context, 0), units,
                                     zero_point, err));

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
    LM_TRY(
        lm__op_activation_float(context, options->activation, &p->float_min, &p->float_max, err));
  }
  if (kind == LM__CONV_HYBRID) {
    LM_OP_CHECK(context, rows <= INT32_MAX, LM_BAD_MODEL, "%lld rows", (long long)rows);
    LM_TRY(lm__hybrid_prepare(context, input, (int32_t)rows, options->asymmetric_quantize_inputs,
                              &p->hybrid, err));
  }
  return lm_op_set_output_shape(context, 0, &shape, err);
}

// Integer sums are unsigned, so that they wrap as LiteRT's do.
#define FC_SUM(name, input_type, filter_type, factor_type, sum_type)                            \
  static inline sum_type name(const input_type* in, const filter_type* f, int32_t depth,        \
                              factor_type input_zero, factor_type filter_zero) {                \
    sum_type sum = 0;                                                                           \
    for (int32_t i = 0; i < depth; ++i) {                                                       \
      sum += (sum_type)(((factor_type)in[i] - input_zero) * ((factor_type)f[i] - filter_zero)); \
    }                                                                                           \
    return sum;                                                                                 \
  }

FC_SUM(sum_float, float, float, float, float)
FC_SUM(sum_uint8, uint8_t, uint8_t, int32_t, uint32_t)
FC_SUM(sum_int8, int8_t, int8_t, int32_t, uint32_t)
FC_SUM(sum_int16, int16_t, int8_t, int32_t, uint32_t)
FC_SUM(sum_int16_64, int16_t, int8_t, int64_t, uint64_t)

// What one output element is computed from.
typedef struct fc_run {
  const fc_params* p;
  const void* input;  // HYBRID: the quantized input
  const void* bias;   // NULL: none
  const lm_tensor* filter;
  const float* scales;         // HYBRID: one a row
  const int32_t* zero_points;  // HYBRID: one a row
} fc_run;

static int32_t finish(const fc_run* r, int64_t sum, int32_t u) {
  const double scaled = round((double)sum * r->p->factors[u]);
  // Far outside every output type, but inside what the conversion can take.
  const double bounded = fmin(fmax(scaled, -1e9), 1e9);
  return lm__clamp((int64_t)bounded + r->p->output_zero, r->p->min, r->p->max);
}

static int32_t finish32(const fc_run* r, uint32_t sum, int32_t u) {
  if (r->bias != NULL) sum += (uint32_t)((const int32_t*)r->bias)[u];
  return finish(r, (int32_t)sum, u);
}

static int32_t integer_element(const fc_run* r, int64_t row, int32_t u) {
  const fc_params* p = r->p;
  const int64_t from = row * p->depth, weights = (int64_t)u * p->depth;
  if (p->kind == LM__CONV_UINT8) {
    return finish32(
        r,
        sum_uint8((const uint8_t*)r->input + from, (const uint8_t*)r->filter->data + weights,
                  p->depth, p->input_zero, p->filter_zero),
        u);
  }
  const int8_t* f = (const int8_t*)r->filter->data + weights;
  if (p->kind == LM__CONV_INT8) {
    return finish32(
        r, sum_int8((const int8_t*)r->input + from, f, p->depth, p->input_zero, p->filter_zero), u);
  }
  const int16_t* in = (const int16_t*)r->input + from;
  if (!p->bias64) return finish32(r, sum_int16(in, f, p->depth, 0, p->filter_zero), u);
  uint64_t sum = sum_int16_64(in, f, p->depth, 0, p->filter_zero);
  if (r->bias != NULL) sum += (uint64_t)((const int64_t*)r->bias)[u];
  return finish(r, (int64_t)sum, u);
}

static float float_element(const fc_run* r, int64_t row, int32_t u) {
  const fc_params* p = r->p;
  const int64_t from = row * p->depth, weights = (int64_t)u * p->depth;
  float sum;
  if (p->kind == LM__CONV_FLOAT) {
    sum = sum_float((const float*)r->input + from, (const float*)r->filter->data + weights,
                    p->depth, 0.0f, 0.0f);
  } else {
    const uint32_t products =
        sum_int8((const int8_t*)r->input + from, (const int8_t*)r->filter->data + weights, p->depth,
                 r->zero_points[row], 0);
    sum = (float)(int32_t)products * (r->scales[row] * lm__filter_scale(r->filter, u));
  }
  if (r->bias != NULL) sum += ((const float*)r->bias)[u];
  return lm__clampf(sum, p->float_min, p->float_max);
}

static lm_status fc_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const fc_params* p = lm_op_params(context);
  const lm_tensor* bias = lm_op_input(context, 2);
  fc_run run = {
      .p = p,
      .input = lm_op_input(context, 0)->data,
      .bias = bias != NULL ? bias->data : NULL,
      .filter = lm_op_input(context, 1),
  };
  if (p->kind == LM__CONV_HYBRID) {
    const int8_t* quantized;
    lm__hybrid_quantize(context, &p->hybrid, run.input, &quantized, &run.scales, &run.zero_points);
    run.input = quantized;
  }
  void* output = lm_op_output(context, 0)->data;
  int64_t at = 0;
  for (int64_t row = 0; row < p->rows; ++row) {
    for (int32_t u = 0; u < p->units; ++u, ++at) {
      switch (p->kind) {
        case LM__CONV_FLOAT:
        case LM__CONV_HYBRID:
          ((float*)output)[at] = float_element(&run, row, u);
          break;
        case LM__CONV_UINT8:
          ((uint8_t*)output)[at] = (uint8_t)integer_element(&run, row, u);
          break;
        case LM__CONV_INT8:
          ((int8_t*)output)[at] = (int8_t)integer_element(&run, row, u);
          break;
        case LM__CONV_INT16:
          ((int16_t*)output)[at] = (int16_t)integer_element(&run, row, u);
          break;
      }
    }
  }
  return LM_OK;
}

static uint64_t fc_macs(const lm_graph* graph, const lm_node* node) {
  return lm__conv_macs(&lm_graph_output(graph, node, 0)->shape,
                       lm_graph_input(graph, node, 1)->shape.dims[1]);
}

const lm_op lm_op_fully_connected = {
    .name = "FULLY_CONNECTED",
    .builtin = LM_BUILTIN_FULLY_CONNECTED,
    .max_version = 14,
    .options = LM_OPTIONS_FULLY_CONNECTED,
    .prepare = fc_prepare,
    .eval = fc_eval,
    .macs = fc_macs,
};
