// SPDX-License-Identifier: MIT
//
// LOCAL_RESPONSE_NORMALIZATION: each channel scaled by the energy of its neighbours,
// x / (bias + alpha * sum of squares)^beta. The window is [c - radius, c + radius), as in the
// format's reference kernel.
#include <math.h>

#include "ops/copy_util.h"

static lm_status lrn_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type types[] = {LM_FLOAT32};
  const lm_lrn_options* options = lm_op_node(context)->def->options;
  LM_TRY(lm__op_check_counts(context, 1, 1, 1, err));
  const lm_tensor* input = lm_op_input(context, 0);
  LM_TRY(lm__op_check_type(context, "input", input, types, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  LM_TRY(lm__op_check_rank(context, "input", input, 4, 4, err));
  LM_OP_CHECK(context, options->radius >= 0, LM_BAD_MODEL, "radius %d", options->radius);
  return lm_op_set_output_shape(context, 0, &input->shape, err);
}

static lm_status lrn_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm_lrn_options* options = lm_op_node(context)->def->options;
  const lm_tensor* input = lm_op_input(context, 0);
  const int64_t rows = lm__dims_product(&input->shape, 0, 3);
  const int64_t depth = input->shape.dims[3];
  const float* in = input->data;
  float* out = lm_op_output(context, 0)->data;
  for (int64_t r = 0; r < rows; ++r, in += depth, out += depth) {
    for (int64_t c = 0; c < depth; ++c) {
      const int64_t from = c > options->radius ? c - options->radius : 0;
      const int64_t to = depth - c > options->radius ? c + options->radius : depth;
      float sum = 0.0f;
      for (int64_t k = from; k < to; ++k) sum += in[k] * in[k];
      out[c] = in[c] * powf(options->bias + options->alpha * sum, -options->beta);
    }
  }
  return LM_OK;
}

const lm_op lm_op_local_response_normalization = {
    .name = "LOCAL_RESPONSE_NORMALIZATION",
    .builtin = LM_BUILTIN_LOCAL_RESPONSE_NORMALIZATION,
    .max_version = 1,
    .options = LM_OPTIONS_LRN,
    .prepare = lrn_prepare,
    .eval = lrn_eval,
};
